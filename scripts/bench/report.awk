# csrload's report and the server's CPU seconds before and after, as one line of results.
BEGIN {
  total = field("total")
  if (total <= 0) exit 1
  print name, mode, (after - before) / total * 1e6, field("rps"), field("p50_ms"), field("p99_ms"), peak, field("errors")
}
function field(key) {
  return match(report, "\"" key "\":[0-9.]+([eE][-+]?[0-9]+)?") ? substr(report, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0 : -1
}
