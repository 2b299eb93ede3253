using MeshCA.Telemetry;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Telemetry;

public sealed class TelemetryOptionsTests
{
    private static ValidateOptionsResult Validate(TelemetryOptions options) =>
        new TelemetryOptionsValidator().Validate(null, options);

    [Fact]
    public void The_defaults_are_valid() => Assert.True(Validate(new TelemetryOptions()).Succeeded);

    [Theory]
    [InlineData("http://127.0.0.1:4317", true)]
    [InlineData("https://collector.example/otlp", true)]
    [InlineData("ftp://collector.example", false)]
    [InlineData("collector:4317", false)]
    [InlineData("/v1/traces", false)]
    public void The_collectors_address_is_absolute_http_or_https(string address, bool valid) =>
        Assert.Equal(valid, Validate(new TelemetryOptions { OtlpEndpoint = new Uri(address, UriKind.RelativeOrAbsolute) }).Succeeded);

    [Theory]
    [InlineData(-0.01, false)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(1.01, false)]
    public void The_share_of_traces_is_between_nothing_and_all(double ratio, bool valid) =>
        Assert.Equal(valid, Validate(new TelemetryOptions { TraceRatio = ratio }).Succeeded);

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, true)]
    [InlineData(100_000, true)]
    [InlineData(100_001, false)]
    public void The_number_of_series_has_bounds(int limit, bool valid) =>
        Assert.Equal(valid, Validate(new TelemetryOptions { MaxSeriesPerInstrument = limit }).Succeeded);

    [Fact]
    public void All_faults_are_reported_at_once()
    {
        var result = Validate(new TelemetryOptions { LogFormat = (LogFormat)9, OtlpTransport = (OtlpTransport)9, });

        Assert.Equal(2, result.Failures!.Count());
    }
}
