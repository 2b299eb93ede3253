using AuthzEngine.Requests;
using MeshCA.Configuration;
using MeshCA.Telemetry;
using Microsoft.Extensions.Options;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class DecisionLogOptionsTests
{
    // what is set, and what the complaint names (null: none)
    private static readonly Dictionary<string, (Action<DecisionLogOptions> Change, string? Expected)> Rows = new()
    {
        ["the defaults"] = (_ => { }, null),
        ["a file"] = (options => options.File = "/var/log/meshca/decisions.log", null),
        ["a relative file"] = (options => options.File = "decisions.log", "not absolute"),
        ["a file too short"] = (options => options.MaxFileBytes = (1 << 20) - 1, "MaxFileBytes"),
        ["the shortest file"] = (options => options.MaxFileBytes = 1 << 20, null),
        ["no files"] = (options => options.MaxFiles = 0, "MaxFiles"),
        ["too young"] = (options => options.MaxAge = TimeSpan.FromSeconds(59), "MaxAge"),
        ["no sample"] = (options => options.AllowSample = 0, null),
        ["a negative sample"] = (options => options.DenySample = -1, "DenySample"),
        ["no queue"] = (options => options.QueueLength = 15, "QueueLength"),
        ["no interval"] = (options => options.FlushInterval = TimeSpan.Zero, "FlushInterval"),
        ["all headers"] = (options => options.AlsoKeep = AttributeKinds.Headers, "AlsoKeep"),
        ["all claims"] = (options => options.AlsoKeep = AttributeKinds.Claims | AttributeKinds.Sni, "AlsoKeep"),
        ["an address"] = (options => options.AlsoKeep = AttributeKinds.RemoteIp, null),
        ["a header"] = (options => options.AlsoKeepHeaders = ["X-Request-Id"], null),
        ["a header that is secret"] = (options => (options.AlsoKeepHeaders, options.SecretHeaders) = (["X-Key"], ["x-key"]), "X-Key"),
    };

    public static TheoryData<string> Settings() => [.. Rows.Keys];

    [Theory, MemberData(nameof(Settings))]
    public void Settings_are_judged_by_the_rule(string row)
    {
        var (change, expected) = Rows[row];
        var options = new DecisionLogOptions();
        change(options);

        var result = new DecisionLogOptionsValidator().Validate(null, options);

        Assert.Equal(expected is null, result.Succeeded);
        Assert.Contains(expected ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void Records_are_sent_only_where_there_is_a_collector(bool otlp, bool collector, bool good)
    {
        var telemetry = Options.Create(new TelemetryOptions { OtlpEndpoint = collector ? new Uri("http://127.0.0.1:4317") : null });

        Assert.Equal(good, new DecisionCollectorValidator(telemetry).Validate(null, new() { Otlp = otlp }).Succeeded);
    }

    [Fact]
    public void Nothing_is_recorded_unless_somebody_says_where()
    {
        Assert.False(new DecisionLogOptions().IsOn);
        Assert.True(new DecisionLogOptions { File = "/a" }.IsOn);
        Assert.True(new DecisionLogOptions { Otlp = true }.IsOn);
    }
}
