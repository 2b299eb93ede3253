using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using MeshCA.Configuration;
using MeshCA.Hosting;
using Xunit;

namespace Architecture.Tests;

public sealed class ConfigurationDocumentationTests
{
    private static readonly DocumentedTable Table = new("README.md", "## Configuration");

    private static IEnumerable<Type> Sections =>
        typeof(MeshOptions).Assembly.GetTypes()
            .Where(type => type.Name.EndsWith("Options", StringComparison.Ordinal) && SectionOf(type) is not null)
            .OrderBy(SectionOf, StringComparer.Ordinal);

    [Fact]
    public void The_readme_lists_every_setting_with_its_default_and_range() =>
        Table.MatchesBeginnings([.. Sections.SelectMany(type => Rows(SectionOf(type)!, type))]);

    [Fact]
    public void Settings_of_every_section_are_found() => Assert.Equal(
        ["Admin", "Agent", "Authentication", "Authorities", "BundleEndpoint", "Csr", "DecisionLog", "Decisions", "Federation", "Issuance", "JwtSvids", "Kubernetes", "LeaderElection", "Limits", "Mesh", "Policies", "RequestTokens", "Revocation", "Rotation", "Server", "Serving", "Storage", "Telemetry", "TrustDistribution", "Workloads"],
        Sections.Select(SectionOf));

    [Fact]
    public void A_start_knows_every_section_and_no_other() =>
        Assert.Equal([.. Sections.Select(SectionOf).Append("Logging").Order()], SettingSections.Known.Order());

    private static string? SectionOf(Type type) =>
        type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string;

    private static IEnumerable<string> Rows(string section, Type type)
    {
        var options = Activator.CreateInstance(type, nonPublic: true);
        foreach (var property in type.GetProperties().Where(property => property.DeclaringType == type))
        {
            var key = $"{section}:{property.Name}";
            var element = property.PropertyType.IsGenericType ? property.PropertyType.GetGenericArguments()[0] : property.PropertyType;
            if (element.Name.EndsWith("Options", StringComparison.Ordinal))
            {
                var more = element == property.PropertyType ? key : key + ":N";
                foreach (var row in Rows(more, element))
                {
                    yield return row;
                }
            }
            else
            {
                yield return $"| `{key}` | {Default(property.GetValue(options))} | {Range(property)} |";
            }
        }
    }

    private static string Default(object? value) => value switch
    {
        null or "" => "none",
        bool flag => flag ? "`true`" : "`false`",
        string text => $"`{text}`",
        IEnumerable list => list.Cast<object>().ToList() is { Count: > 0 } items ? $"`{string.Join("`, `", items)}`" : "none",
        IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => throw new InvalidOperationException($"a default of type {value.GetType()}"),
    };

    private static string Range(PropertyInfo property) => property.GetCustomAttribute<RangeAttribute>() is { } range
        ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}")
        : "";
}
