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


gc.collect()
start = time.ticks_us()
ours = [best(votes(row)) for row in rows]
pure = time.ticks_diff(time.ticks_us(), start)
outputs = [model.predict(row) for row in rows]
gc.collect()
start = time.ticks_us()
for row in rows:
    model.predict(row)
native = time.ticks_diff(time.ticks_us(), start)
theirs = [best(output) for output in outputs]
print(pure / len(rows), native / len(rows), sum(a == b for a, b in zip(ours, theirs)), len(rows))
