# Lines NAME MODE CPU ... sorted by mode, name and CPU: prints the ratio of the medians, and fails where one is above 1.
{
  key = $2 SUBSEP $1
  cpu[key, ++count[key]] = $3
  errors[key] += $8
  modes[$2]
}
END {
  for (mode in modes) {
    reference = median(mode SUBSEP "reference")
    ours = median(mode SUBSEP "meshca")
    wrong = errors[mode, "meshca"]
    good = ours <= reference && wrong == 0
    failed = failed || !good
    printf "%-12s meshca %6.1f us, reference %6.1f us, ratio %.2f, errors %d: %s\n",
      mode, ours, reference, ours / reference, wrong, good ? "met" : "MISSED"
  }
  exit failed
}
function median(key,    n) {
  n = count[key]
  return n % 2 ? cpu[key, (n + 1) / 2] : (cpu[key, n / 2] + cpu[key, n / 2 + 1]) / 2
}
