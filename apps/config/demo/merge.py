"""The regions' results in one file."""

import json
from collections import Counter
from pathlib import Path

months, items, regions = Counter(), Counter(), {}
for path in sorted(Path("regions").glob("*.json")):
    part = json.loads(path.read_text())
    months.update(part["months"])
    items.update(part["items"])
    regions[part["region"]] = sum(part["months"].values())
    print(f"merged {path.name}")

Path("year.json").write_text(json.dumps({"months": months, "items": items, "regions": regions}))
