/* The device program as a PC program: the link over stdin and stdout or a pseudo terminal, a sound file as microphone. */
#define _XOPEN_SOURCE 700

#include "hal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define RECEIVE_BYTES 4096u
#define WRITE_PATIENCE_MS 1000
#define IDLE_MS 10

typedef struct {
    int input, output;
    bool terminal; /* a pseudo terminal outlives the programs that open it */
    bool ended;
    FILE *audio;
    uint64_t start;       /* ns */
    uint32_t audio_rate;  /* 0: stopped */
    uint64_t audio_start; /* ns */
    uint64_t audio_given; /* samples */
} posix_board;

static posix_board board = {.input = STDIN_FILENO, .output = STDOUT_FILENO};

static uint64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int open_terminal(void)
{
    const int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        perror("pseudo terminal");
        return -1;
    }
    const char *name = ptsname(master);
    /* Held open here too, so that the terminal stays when a host leaves, and raw: no echo, no line editing. */
    const int slave = open(name, O_RDWR | O_NOCTTY);
    struct termios settings;
    if (slave < 0 || tcgetattr(slave, &settings) != 0) {
        perror(name);
        return -1;
    }
    settings.c_iflag = 0;
    settings.c_oflag = 0;
    settings.c_lflag = 0;
    settings.c_cflag = (settings.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8 | CREAD | CLOCAL;
    tcsetattr(slave, TCSANOW, &settings);
    printf("%s\n", name);
    fflush(stdout);
    return master;
}

/* SIGUSR1 is the reset button: the program starts anew, and what it was sent before lies still on the line. */
static char **command_line;

static void restart(int number)
{
    (void)number;
    execv(command_line[0], command_line);
    _exit(1);
}

static int usage(const char *program)
{
    fprintf(stderr,
            "usage: %s [--pty] [--audio FILE]\n"
            "  --pty         link over a pseudo terminal, whose name is printed; else over stdin and stdout\n"
            "  --audio FILE  raw int16 mono samples at the model's rate that stand for the microphone\n",
            program);
    return 2;
}

int hal_init(int argc, char **argv)
{
    board.start = nanoseconds();
    command_line = argv;
    const struct sigaction reset = {.sa_handler = restart, .sa_flags = SA_NODEFER}; /* the next one comes through too */
    sigaction(SIGUSR1, &reset, NULL);
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--pty") == 0) {
            board.input = board.output = open_terminal();
            board.terminal = true;
            if (board.input < 0) {
                return 1;
            }
        } else if (strcmp(argv[i], "--audio") == 0 && i + 1 < argc) {
            board.audio = fopen(argv[++i], "rb");
            if (board.audio == NULL) {
                perror(argv[i]);
                return 1;
            }
        } else {
            return usage(argv[0]);
        }
    }
    return 0;
}

bool hal_running(void)
{
    return !board.ended;
}

void hal_idle(void)
{
    struct pollfd descriptor = {.fd = board.input, .events = POLLIN};
    poll(&descriptor, 1, IDLE_MS);
}

uint32_t hal_ticks(void)
{
    return (uint32_t)nanoseconds();
}

uint32_t hal_tick_rate(void)
{
    return 1000000000u;
}

uint32_t hal_millis(void)
{
    return (uint32_t)((nanoseconds() - board.start) / 1000000u);
}

size_t hal_receive_capacity(void)
{
    return RECEIVE_BYTES;
}

size_t hal_read(uint8_t *bytes, size_t max)
{
    struct pollfd descriptor = {.fd = board.input, .events = POLLIN};
    if (board.ended || poll(&descriptor, 1, 0) <= 0) {
        return 0;
    }
    const ssize_t count = read(board.input, bytes, max);
    if (count > 0) {
        return (size_t)count;
    }
    if (!board.terminal && (count == 0 || errno != EINTR)) {
        board.ended = true;
    }
    return 0;
}

uint32_t hal_read_lost(void)
{
    return 0;
}

size_t hal_write(const uint8_t *bytes, size_t size)
{
    size_t sent = 0;
    while (sent < size) {
        struct pollfd descriptor = {.fd = board.output, .events = POLLOUT};
        if (poll(&descriptor, 1, WRITE_PATIENCE_MS) <= 0) {
            break;
        }
        const ssize_t count = write(board.output, bytes + sent, size - sent);
        if (count < 0 && errno != EINTR) {
            board.ended = board.ended || !board.terminal;
            break;
        }
        sent += count > 0 ? (size_t)count : 0u;
    }
    return sent;
}

bool hal_has_audio(void)
{
    return board.audio != NULL;
}

bool hal_audio_start(uint32_t rate)
{
    if (board.audio == NULL || fseek(board.audio, 0, SEEK_SET) != 0) {
        return false;
    }
    board.audio_rate = rate;
    board.audio_start = nanoseconds();
    board.audio_given = 0;
    return true;
}

void hal_audio_stop(void)
{
    board.audio_rate = 0;
}

/* Samples come as fast as a microphone would deliver them; the file's end is silence without end (no samples). */
size_t hal_audio_read(int16_t *samples, size_t max)
{
    if (board.audio_rate == 0) {
        return 0;
    }
    const uint64_t due = (nanoseconds() - board.audio_start) / 1000u * board.audio_rate / 1000000u - board.audio_given;
    const size_t count = fread(samples, sizeof samples[0], due < max ? (size_t)due : max, board.audio);
    board.audio_given += count;
    return count;
}

uint32_t hal_audio_lost(void)
{
    return 0;
}

uint32_t hal_stack_size(void)
{
    return 0;
}

uint32_t hal_stack_used(void)
{
    return 0;
}
