# Medians and goals from what bench-load.sh saw. Exit code 1 if a goal was missed.
# input: results (NAME MODE us-per-certificate rate p50 p99 peak errors), then samples (seconds MB); -v duration= of the latter

FILENAME == results { seen[$1, $2]++; cpu[$1, $2, seen[$1, $2]] = $3; p99[$1, $2, seen[$1, $2]] = $6; errors += $8; next }
{ times[++samples] = $1; memory[samples] = $2 }

END {
  compare("warm", "meshca", "warm", "refca", "warm")
  compare("cold", "meshca", "cold", "refca", "cold")
  compare("tokens", "meshca", "tokens-cold", "meshca", "tokens-warm")
  compare("rows", "meshca", "rows-full", "meshca", "rows-empty")
  grown()
  if (seen["meshca", "warm"]) {
    goal("warm-cpu", ratio["warm"], 0.75)
    goal("warm-p99", tail["warm"], 1)
  }
  if (seen["meshca", "cold"]) goal("cold-cpu", ratio["cold"], 1.4)
  if (seen["meshca", "rows-full"]) goal("rows-cpu", ratio["rows"], 1.25)
  if (samples) goal("memory", ratio["memory"], 1.2)
  goal("errors", errors + 0, 0)
  exit missed
}

function compare(what, ours, ourMode, theirs, theirMode,   n, a, b, c, d) {
  n = seen[ours, ourMode]
  if (!n) return
  a = of(cpu, ours, ourMode); b = of(cpu, theirs, theirMode)
  c = of(p99, ours, ourMode); d = of(p99, theirs, theirMode)
  ratio[what] = a / b
  tail[what] = c / d
  printf "%s: %s %s %.1f us CPU per certificate, %s %s %.1f us, ratio %.3f; p99 %.2f and %.2f ms, ratio %.3f (medians of %d)\n",
    what, ours, ourMode, a, theirs, theirMode, b, ratio[what], c, d, tail[what], n
}

# Ten windows, a minute each in the usual ten minutes. The runtime fills its heap during the first two.
function grown(   first, base, last) {
  if (!samples) return
  first = window(0); base = window(2); last = window(9)
  ratio["memory"] = last / base
  printf "memory: first window %.1f MB, third %.1f MB, last %.1f MB (windows of %d s), last to third %.3f\n",
    first, base, last, duration / 10, ratio["memory"]
}

function window(number,   i, n, values) {
  for (i = 1; i <= samples; i++)
    if (times[i] > number * duration / 10 && (number == 9 || times[i] <= (number + 1) * duration / 10)) values[++n] = memory[i]
  if (!n) { print "no memory sample in window " number + 1; missed = 1; exit 1 }
  return median(values, n)
}

function of(values, name, mode,   i, n, list) {
  n = seen[name, mode]
  for (i = 1; i <= n; i++) list[i] = values[name, mode, i]
  return median(list, n)
}

function median(list, n,   i, j, t) {
  for (i = 2; i <= n; i++) {
    t = list[i]
    for (j = i - 1; j >= 1 && list[j] > t; j--) list[j + 1] = list[j]
    list[j + 1] = t
  }
  return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function goal(name, value, limit) {
  printf "%s %s %.3f %s\n", value <= limit ? "PASS" : "FAIL", name, value, limit
  if (value > limit) missed = 1
}
