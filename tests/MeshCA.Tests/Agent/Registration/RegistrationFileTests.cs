using System.IO;
using System.Text;
using MeshCA.Agent.Registration;
using MeshCA.Policies;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Agent.Registration;

public sealed class RegistrationFileTests
{
    private const string Whole = """
        entries:
        - name: web
          spiffeId: spiffe://cluster.local/ns/shop/sa/web
          selectors: ["unix:uid:1000", "unix:gid:100"]
          hint: internal
          tokenFile: /var/run/tokens/web
        - name: default
          everybody: true
        """;

    [Theory]
    [InlineData(Whole)]
    [InlineData("""
        {"entries": [{"name": "web", "spiffeId": "spiffe://cluster.local/ns/shop/sa/web", "selectors": ["unix:uid:1000", "unix:gid:100"],
         "hint": "internal", "tokenFile": "/var/run/tokens/web"}, {"name": "default", "everybody": true}]}
        """)]
    public void Yaml_and_json_say_the_same(string text)
    {
        var entries = Assert.IsType<RegistrationReading.Read>(Parse(text)).Entries;

        Assert.Equal(["web", "default"], entries.Select(entry => entry.Name));
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/web", entries[0].Id?.ToString());
        Assert.Equal(["unix:uid:1000", "unix:gid:100"], entries[0].Selectors.Select(selector => selector.ToString()));
        Assert.Equal(("internal", "/var/run/tokens/web"), (entries[0].Hint, entries[0].TokenFile));
        Assert.Equal((null, true, null), (entries[1].Id, entries[1].Selectors.IsEmpty, entries[1].TokenFile));
    }

    [Fact]
    public void No_entries_must_be_said() => Assert.Empty(Assert.IsType<RegistrationReading.Read>(Parse("entries: []\n")).Entries);

    [Theory]
    [InlineData("{}", "`entries` is missing")]
    [InlineData("entries: [{everybody: true}]", "`name` is missing")]
    [InlineData("entries: [{name: 'a b', everybody: true}]", "is no name")]
    [InlineData("entries: [{name: a}]", "either `selectors`, at least one, or `everybody: true`")]
    [InlineData("entries: [{name: a, selectors: []}]", "either `selectors`")]
    [InlineData("entries: [{name: a, everybody: false}]", "either `selectors`")]
    [InlineData("entries: [{name: a, everybody: true, selectors: ['unix:uid:1']}]", "either `selectors`")]
    [InlineData("entries: [{name: a, selectors: ['unix:uid:x']}]", "neither `unix:uid:N`")]
    [InlineData("entries: [{name: a, selectors: ['unix:uid:-1']}]", "neither `unix:uid:N`")]
    [InlineData("entries: [{name: a, selectors: ['unix:uid:4294967295']}]", "neither `unix:uid:N`")]
    [InlineData("entries: [{name: a, selectors: ['unix:user:root']}]", "neither `unix:uid:N`")]
    [InlineData("entries: [{name: a, selectors: ['unix:uid:1', 'unix:uid:2']}]", "two of a kind never hold at once")]
    [InlineData("entries: [{name: a, selector: ['unix:uid:1']}]", "there is no field `selector`")]
    [InlineData("entries: [{name: a, everybody: true, spiffeId: 'spiffe://TD/x'}]", "no SPIFFE ID: BadTrustDomainChar")]
    [InlineData("entries: [{name: a, everybody: true, spiffeId: 'spiffe://td'}]", "has a path")]
    [InlineData("entries: [{name: a, everybody: true, tokenFile: 'token'}]", "no absolute path")]
    [InlineData("entries: [{name: a, everybody: true, hint: \"a\\u0007\"}]", "no control characters")]
    [InlineData("entries: [{name: a, everybody: true}, {name: a, everybody: true}]", "has the name `a` too")]
    [InlineData("entries: [{name: a, everybody: true, hint: h}, {name: b, everybody: true, hint: h}]", "has the hint `h` too")]
    [InlineData("entries: &x [*x]", "")]
    [InlineData("[]", "one object")]
    public void What_is_wrong_is_refused_with_its_place(string text, string fault) => Assert.Contains(
        Assert.IsType<RegistrationReading.Failed>(Parse(text)).Faults,
        found => found.StartsWith("file.yaml:", StringComparison.Ordinal) && found.Contains(fault, StringComparison.Ordinal));

    [Theory]
    [InlineData(1_024, true)]
    [InlineData(1_025, false)]
    public void It_has_so_many_entries_and_no_more(int count, bool isTaken) => Assert.Equal(
        isTaken,
        Parse("entries:\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"- {{name: e{i}, everybody: true}}\n"))) is RegistrationReading.Read);

    [Theory]
    [InlineData(1_024, true)]
    [InlineData(1_025, false)]
    public void A_hint_has_so_many_bytes_and_no_more(int length, bool isTaken) => Assert.Equal(
        isTaken, Parse($"entries: [{{name: a, everybody: true, hint: {new string('h', length)}}}]") is RegistrationReading.Read);

    [Fact]
    public void A_file_that_is_missing_empty_or_no_file_is_refused()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory.File("empty"), " \n");
        Assert.IsType<RegistrationReading.Failed>(RegistrationFile.Read(directory.File("missing")));
        Assert.IsType<RegistrationReading.Failed>(RegistrationFile.Read(directory.File("empty")));
        Assert.IsType<RegistrationReading.Failed>(RegistrationFile.Read(directory.Path));
    }

    private static RegistrationReading Parse(string text) => RegistrationFile.Parse("file.yaml", new SourceText(Encoding.UTF8.GetBytes(text)));
}
