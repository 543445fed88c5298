# The same forest in pure MicroPython and in vox: microseconds of one prediction each, and whether they agree.
import array
import gc
import time

import vox

model = vox.Model(blob("forest.vxm"))
rows = [array.array("h", row) for row in ROWS]


def votes(row):
    total = [0] * CLASSES
    for feature, threshold, left, right, leaf in TREES:
        node = 0
        while left[node] >= 0:
            node = left[node] if row[feature[node]] <= threshold[node] else right[node]
        counts = leaf[node]
        for label in range(CLASSES):
            total[label] += counts[label]
    return total


def best(scores):
    return max(range(len(scores)), key=lambda i: scores[i])


def microseconds(work):
    gc.collect()
    start = time.ticks_us()
    work()
    return time.ticks_diff(time.ticks_us(), start) / len(rows)


def pure():
    for row in rows:
        votes(row)


def native():
    predict = model.predict
    for row in rows:
        predict(row)


out = array.array("H", bytes(2 * CLASSES))


def native_into():
    predict = model.predict
    for row in rows:
        predict(row, out)


agree = sum(best(votes(row)) == best(model.predict(row)) == best(model.predict(row, out)) for row in rows)
print(microseconds(pure), microseconds(native), microseconds(native_into), agree, len(rows))
