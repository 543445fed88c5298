/* The link over USB: one CDC serial port. TinyUSB's work is done in an interrupt of the lowest priority, so that the bus is
 * served while a window is computed; the program's own calls hold that interrupt off. */
#include "hardware/irq.h"
#include "hardware/timer.h"
#include "pico/bootrom.h"
#include "tusb.h"

#include "rp2040.h"

#define PATIENCE_US 500000u /* of a write, while the host takes nothing */

static uint worker;

static void work(void)
{
    tud_task();
}

/* Behind TinyUSB's own handler of the same interrupt: what that has queued is worked off as soon as nothing else is on. */
static void wake_worker(void)
{
    irq_set_pending(worker);
}

void rp2040_cdc_init(void)
{
    worker = (uint)user_irq_claim_unused(true);
    irq_set_exclusive_handler(worker, work);
    irq_set_priority(worker, PICO_LOWEST_IRQ_PRIORITY);
    tusb_init();
    irq_add_shared_handler(USBCTRL_IRQ, wake_worker, PICO_SHARED_IRQ_HANDLER_LOWEST_ORDER_PRIORITY);
    irq_set_enabled(worker, true);
    irq_set_pending(worker);
}

static void hold(void)
{
    irq_set_enabled(worker, false);
}

/* Enabling an interrupt clears what was pending, so it is asked for again. */
static void release(void)
{
    irq_set_enabled(worker, true);
    irq_set_pending(worker);
}

bool rp2040_cdc_readable(void)
{
    return tud_cdc_available() > 0;
}

size_t rp2040_cdc_read(uint8_t *bytes, size_t max)
{
    if (!rp2040_cdc_readable()) {
        return 0;
    }
    hold();
    const size_t count = tud_cdc_read(bytes, (uint32_t)max);
    release();
    return count;
}

size_t rp2040_cdc_write(const uint8_t *bytes, size_t size)
{
    size_t sent = 0;
    uint32_t last = time_us_32();
    while (sent < size && tud_cdc_connected()) {
        hold();
        const uint32_t count = tud_cdc_write(bytes + sent, (uint32_t)(size - sent));
        tud_cdc_write_flush();
        release();
        sent += count;
        if (count > 0) {
            last = time_us_32();
        } else if (time_us_32() - last > PATIENCE_US) {
            break;
        }
    }
    return sent;
}

/* Opening the port at 1200 baud asks for the boot loader, as on other boards with USB of their own. */
void tud_cdc_line_coding_cb(uint8_t interface, cdc_line_coding_t const *coding)
{
    (void)interface;
    if (coding->bit_rate == 1200u) {
        reset_usb_boot(0, 0);
    }
}
