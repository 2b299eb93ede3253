using System.IO;
using MeshCA.Configuration;
using Microsoft.Extensions.Configuration;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Configuration;

/// <summary>Uses a section that no options have, so that its environment variables disturb no test beside it.</summary>
public sealed class SettingsTests : IDisposable
{
    private static readonly string[] Sources = ["default", "file", "environment", "command line"];
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_later_source_wins(int last)
    {
        var variable = $"MESHCA_SettingsTest__Source{last}";
        Environment.SetEnvironmentVariable(variable, last >= 2 ? "environment" : null);
        try
        {
            var key = $"SettingsTest:Source{last}";
            var file = _directory.File("settings.json");
            File.WriteAllText(file, last >= 1 ? $$"""{ "SettingsTest": { "Source{{last}}": "file" } }""" : "{}");

            var settings = Gather(file, new() { [key] = "default" }, last == 3 ? [$"{key}=command line"] : []);

            Assert.Equal(Sources[last], settings[key]);
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void The_environment_can_be_asked_alone()
    {
        const string variable = "MESHCA_SettingsTest__Alone";
        Environment.SetEnvironmentVariable(variable, "environment");
        try
        {
            Assert.Equal("environment", Settings.FromEnvironment("SettingsTest:Alone"));
            Assert.Null(Settings.FromEnvironment("SettingsTest:Another"));
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, null);
        }
    }

    [Fact]
    public void The_last_of_two_assignments_counts_and_a_value_may_hold_an_equals_sign() =>
        Assert.Equal("b=c", Gather(null, [], ["SettingsTest:Key=a", "settingstest:key=b=c"])["SettingsTest:Key"]);

    [Theory]
    [InlineData("")]
    [InlineData("Key")]
    [InlineData("=value")]
    public void What_is_no_assignment_is_told(string assignment)
    {
        Assert.False(Settings.TryGather(new Dictionary<string, string?>(), null, [assignment], out _, out var fault));
        Assert.Contains($"`{assignment}`", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_json_is_told_with_its_name()
    {
        var file = _directory.File("settings.json");
        File.WriteAllText(file, "{ ");

        Assert.False(Settings.TryGather(new Dictionary<string, string?>(), file, [], out _, out var fault));
        Assert.Contains("settings.json", fault, StringComparison.Ordinal);
    }

    private static IConfiguration Gather(string? file, Dictionary<string, string?> defaults, IReadOnlyList<string> assignments)
    {
        Assert.True(Settings.TryGather(defaults, file, assignments, out var settings, out var fault), fault);
        return settings;
    }
}
