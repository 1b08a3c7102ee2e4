"""The year on one page."""

import json
from pathlib import Path

year = json.loads(Path("year.json").read_text())
total = sum(year["regions"].values())


def table(title, values, width=32):
    print(f"\n{title}")
    top = max(values.values())
    for name, value in values.items():
        bar = "█" * round(width * value / top)
        print(f"  {name:<10} {value:>12,.2f}  {bar}")


print(f"ORDERS OF THE YEAR        revenue {total:,.2f}")
table("By region", dict(sorted(year["regions"].items(), key=lambda pair: -pair[1])))
table("By month", dict(sorted(year["months"].items())))
table("Best items", dict(sorted(year["items"].items(), key=lambda pair: -pair[1])[:5]))
