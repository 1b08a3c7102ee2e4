# One file for each region, so that they can be worked on side by side.
set -eu
awk -F, '{ print > "regions/" $3 ".csv" }' orders.csv
wc -l regions/*.csv
sleep "${pace}"
