# Take the year's order lines and check them before anybody counts on them.
set -eu
mkdir -p "$HEADRACE_RUN_DIR/regions"
awk -F, '
    NR == 1 { next }
    NF == 6 && $5 > 0 && $6 > 0 { print; good++ }
    NF != 6 || $5 <= 0 || $6 <= 0 { print "line " NR " is not an order: " $0 > "/dev/stderr"; bad++ }
    END { printf "%d order lines, %d refused\n", good, bad > "/dev/stderr" }
' "$ORDERS" > orders.csv
sleep "${pace}"
echo "extracted for ${day}"
