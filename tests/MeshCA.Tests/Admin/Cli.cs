using System.IO;
using System.Text;
using System.Text.Json;
using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

/// <summary>Calls the whole command line as a shell would, with its streams in memory.</summary>
internal static class Cli
{
    public static Task<CliResult> CallAsync(params string[] arguments) => CallWithInputAsync("", arguments);

    public static async Task<CliResult> CallWithInputAsync(string input, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await RunAsync(input, output, error, TestContext.Current.CancellationToken, arguments);
        return new CliResult(code, output.ToString(), error.ToString());
    }

    public static Task<int> RunAsync(
        string input, TextWriter output, TextWriter error, CancellationToken cancellationToken, params string[] arguments)
    {
        var console = new AdminConsole(() => new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error);
        return new AdminCommandLine(console, AdminVerbs.All(TimeProvider.System)).RunAsync(arguments, cancellationToken);
    }
}

/// <summary>How a call of the command line ended.</summary>
internal sealed record CliResult(int Code, string Out, string Error)
{
    public string All => Out + Error;

    /// <summary>The one JSON document on standard output.</summary>
    public JsonElement Json()
    {
        using var document = JsonDocument.Parse(Out);
        return document.RootElement.Clone();
    }

    /// <summary>Checks the exit code; a failure shows what was said.</summary>
    public CliResult Ends(ExitCode code)
    {
        Assert.True((int)code == Code, $"ended with {Code} and not {(int)code}: {All}");
        return this;
    }

    /// <summary>Checks that nothing was answered, and that the one line of complaint holds a text.</summary>
    public void Says(string part)
    {
        Assert.Empty(Out);
        Assert.StartsWith("meshca: ", Error, StringComparison.Ordinal);
        Assert.Contains(part, Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
    }

    /// <summary>The members of a JSON object, in their order.</summary>
    public static IEnumerable<string> Members(JsonElement element) => element.EnumerateObject().Select(member => member.Name);
}
