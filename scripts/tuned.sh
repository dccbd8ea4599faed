#!/usr/bin/env bash
# The best rate and decay of each rule in a tuning run: highest mean validation accuracy (half A) at the last checkpoint
# over seeds; ties by hard d′ (half A). Networks that ended early count as failed.
#
# usage: scripts/tuned.sh results/tuning-cnn/<hash>/training.csv
set -euo pipefail
awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    $column["role"] != "rule" { next }
    {
        key = $column["observer"]; step = $column["step"] + 0
        if (step > last) last = step
        sum[key, step] += $column["accuracy_a"]; hard[key, step] += $column["hard_d_prime_a"]; count[key, step]++
        if (count[key, step] > seeds) seeds = count[key, step]
        names[key] = 1
    }
    END {
        for (key in names) {
            if (count[key, last] < seeds) continue
            split(key, part, " ")
            printf "%s %s %s %.4f %.3f\n", part[1], part[2], part[3], sum[key, last] / seeds, hard[key, last] / seeds
        }
    }
' "$1" | sort -k1,1 -k4,4nr -k5,5nr | awk '
    { if ($1 != rule) { rule = $1; best = "*" } else best = " "
      printf "%s %-28s rate %-7s decay %-5s accuracy %s  hard d′ %s\n", best, $1, $2, $3, $4, $5 }'
