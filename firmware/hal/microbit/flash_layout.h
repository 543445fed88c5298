/* nRF51: pages of 1 kB are erased, words written. Offsets count from the slots, behind the image. */
#ifndef HAL_MICROBIT_FLASH_LAYOUT_H
#define HAL_MICROBIT_FLASH_LAYOUT_H

#define FLASH_SECTOR_BYTES 1024u
#define FLASH_PAGE_BYTES 4u
#define FLASH_SLOTS_OFFSET 0u

#endif
