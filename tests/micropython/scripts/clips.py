# Runs every clip of clips.bin through model.vxm, from reset to verdict, and prints all that was computed:
# an F line a clip with a checksum of its features and levels, W, E and V lines with the numbers themselves.
import binascii
import struct

import vox

model = vox.Model(blob("model.vxm"))
listener = vox.Listener(model)
clips = memoryview(blob("clips.bin"))
checksum = 0


def heard(flags):
    global checksum
    checksum = binascii.crc32(bytes(listener.features) + struct.pack("<h", listener.level), checksum)
    if flags & 2:
        print("W", listener.frames, listener.index, listener.score, int(listener.gated), *listener.scores)


def show(events):
    for e in events:
        print("E", e.frame, e.index, e.score, 1 if e.begins else 2)


at = 4
for number in range(struct.unpack("<I", clips[:4])[0]):
    size = struct.unpack("<I", clips[at : at + 4])[0]
    samples = clips[at + 4 : at + 4 + size]
    at += 4 + size
    listener.reset()
    checksum = 0
    step = 2 * (160 + 37 * number)  # pushes of another length for each clip
    events = []
    for first in range(0, size, step):
        events += listener.push(samples[first : first + step], heard)
    events += listener.finish(heard)
    print("C", number, listener.frames, listener.windows)
    print("F", checksum)
    show(events)
    label, score, scores, index = listener.clip()
    print("V", index, score, *scores)
    assert label == (model.labels[index] if index >= 0 else None)
