using FsCheck;
using FsCheck.Fluent;
using MeshCA.Telemetry;
using Xunit;

namespace MeshCA.Tests.Telemetry;

public sealed class PrometheusFormatTests
{
    public static TheoryData<double, string> Numbers() =>
    [
        new(0, "0"),
        new(-1.5, "-1.5"),
        new(0.000025, "2.5E-05") { Label = "exponents are Go's ParseFloat syntax" },
        new(9_007_199_254_740_991, "9007199254740991") { Label = "the largest count that is exact" },
        new(double.PositiveInfinity, "+Inf"),
        new(double.NegativeInfinity, "-Inf"),
        new(double.NaN, "NaN"),
    ];

    [Theory, MemberData(nameof(Numbers))]
    public void Numbers_are_written_so_that_prometheus_reads_them_back(double value, string text) =>
        Assert.Equal(text, PrometheusFormat.ToText(value));

    [Theory]
    [InlineData("citadel_server_csr_count", "citadel_server_csr_count")]
    [InlineData("http.server.request.duration", "http_server_request_duration")]
    [InlineData("9lives", "_9lives")]
    [InlineData("", "_")]
    public void Names_keep_to_the_alphabet_and_gain_no_suffix(string name, string expected) =>
        Assert.Equal(expected, PrometheusFormat.ToName(name));

    [Fact]
    public void Any_label_value_reads_back_from_one_line() =>
        Prop.ForAll<NonNull<string>>(value =>
        {
            using var metrics = new MetricsFixture();
            metrics.Meter.CreateCounter<long>("c").Add(1, new KeyValuePair<string, object?>("l", value.Get));
            var line = metrics.Lines.Single(line => line.StartsWith("c{", StringComparison.Ordinal));
            return line.EndsWith("\"} 1", StringComparison.Ordinal) && Unescape(line["c{l=\"".Length..^4]) == value.Get;
        }).QuickCheckThrowOnFailure();

    private static string Unescape(string text)
    {
        var plain = new List<char>();
        for (var i = 0; i < text.Length; i++)
        {
            Assert.NotEqual('"', text[i]);
            plain.Add(text[i] != '\\' ? text[i] : text[++i] == 'n' ? '\n' : text[i]);
        }

        return string.Concat(plain);
    }
}
