"""The peer of log-mining.ts: drain3 with its defaults over prepared message files, one JSON line out."""

import json
import logging
import sys
import time

from drain3 import TemplateMiner

logging.disable(logging.CRITICAL)
corpora = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        corpora.append(file.read().splitlines())

lines = 0
clusters = 0
started = time.perf_counter()
for messages in corpora:
    miner = TemplateMiner()
    for message in messages:
        miner.add_log_message(message)
    lines += len(messages)
    clusters += len(miner.drain.clusters)
seconds = time.perf_counter() - started
print(json.dumps({"lines": lines, "seconds": seconds, "clusters": clusters}))
