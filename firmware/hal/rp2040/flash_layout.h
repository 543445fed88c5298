/* The slots are the last of the flash, behind the program. */
#ifndef HAL_RP2040_FLASH_LAYOUT_H
#define HAL_RP2040_FLASH_LAYOUT_H

#define FLASH_SECTOR_BYTES 4096u
#define FLASH_PAGE_BYTES 256u
#define FLASH_SLOTS_OFFSET (VOX_FLASH_BYTES - HAL_SLOTS * (VOX_SLOT_BYTES + FLASH_SECTOR_BYTES))

#endif
