"""Revenue of one region by month and by item."""

import csv
import json
import time
from collections import Counter

months, items, orders = Counter(), Counter(), 0
with open("regions/${region}.csv", newline="") as lines:
    for _, date, _, item, quantity, price in csv.reader(lines):
        value = int(quantity) * float(price)
        months[date[:7]] += value
        items[item] += value
        orders += 1
        if orders % 400 == 0:
            print(f"{orders} lines of ${region} counted")
            time.sleep(float("${pace}") / 3)

with open("regions/${region}.json", "w") as result:
    json.dump({"region": "${region}", "orders": orders, "months": months, "items": items}, result)
print(f"${region}: {orders} lines, revenue {sum(months.values()):,.2f}")
