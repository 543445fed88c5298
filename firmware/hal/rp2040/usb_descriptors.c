/* What the device tells the USB host about itself. */
#include "pico/unique_id.h"
#include "tusb.h"

/* Raspberry Pi's number for boards with USB serial, which systems know without a driver of ours. */
#define VENDOR 0x2E8Au
#define PRODUCT 0x000Au

enum { INTERFACE_CONTROL, INTERFACE_DATA, INTERFACES };
enum { TEXT_LANGUAGE, TEXT_VENDOR, TEXT_PRODUCT, TEXT_SERIAL, TEXT_LINK, TEXTS };

#define ENDPOINT_NOTIFY 0x81
#define ENDPOINT_OUT 0x02
#define ENDPOINT_IN 0x82

static const tusb_desc_device_t device = {
    .bLength = sizeof device,
    .bDescriptorType = TUSB_DESC_DEVICE,
    .bcdUSB = 0x0200,
    .bDeviceClass = TUSB_CLASS_MISC,
    .bDeviceSubClass = MISC_SUBCLASS_COMMON,
    .bDeviceProtocol = MISC_PROTOCOL_IAD,
    .bMaxPacketSize0 = CFG_TUD_ENDPOINT0_SIZE,
    .idVendor = VENDOR,
    .idProduct = PRODUCT,
    .bcdDevice = 0x0100,
    .iManufacturer = TEXT_VENDOR,
    .iProduct = TEXT_PRODUCT,
    .iSerialNumber = TEXT_SERIAL,
    .bNumConfigurations = 1,
};

static const uint8_t configuration[] = {
    TUD_CONFIG_DESCRIPTOR(1, INTERFACES, 0, TUD_CONFIG_DESC_LEN + TUD_CDC_DESC_LEN, 0, 250),
    TUD_CDC_DESCRIPTOR(INTERFACE_CONTROL, TEXT_LINK, ENDPOINT_NOTIFY, 8, ENDPOINT_OUT, ENDPOINT_IN, 64),
};

const uint8_t *tud_descriptor_device_cb(void)
{
    return (const uint8_t *)&device;
}

const uint8_t *tud_descriptor_configuration_cb(uint8_t index)
{
    (void)index;
    return configuration;
}

const uint16_t *tud_descriptor_string_cb(uint8_t index, uint16_t language)
{
    static const char *const texts[TEXTS] = {
        [TEXT_VENDOR] = "vox-embed", [TEXT_PRODUCT] = "vox-embed " VOX_BOARD_NAME, [TEXT_LINK] = "link"};
    static uint16_t answer[33]; /* TinyUSB reads it after the return; header, then UTF-16 */
    (void)language;
    char serial[2 * PICO_UNIQUE_BOARD_ID_SIZE_BYTES + 1];
    const char *text;
    uint16_t length = 0;
    if (index == TEXT_LANGUAGE) {
        answer[++length] = 0x0409; /* English */
    } else {
        if (index == TEXT_SERIAL) {
            pico_get_unique_board_id_string(serial, sizeof serial);
            text = serial;
        } else if (index < TEXTS) {
            text = texts[index];
        } else {
            return NULL;
        }
        while (length < 32u && text[length] != '\0') {
            const uint16_t letter = (uint8_t)text[length];
            answer[++length] = letter;
        }
    }
    answer[0] = (uint16_t)((TUSB_DESC_STRING << 8) | (2u * length + 2u));
    return answer;
}
