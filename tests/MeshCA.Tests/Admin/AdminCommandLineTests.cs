using System.CommandLine;
using System.IO;
using MeshCA.Admin;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class AdminCommandLineTests : IDisposable
{
    private readonly CommandLineFixture _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Help_lists_every_verb_the_output_forms_and_the_exit_codes()
    {
        Assert.Equal(0, await _cli.RunAsync("", "--help"));

        Assert.Contains("version", _cli.Out, StringComparison.Ordinal);
        Assert.Contains("cert", _cli.Out, StringComparison.Ordinal);
        Assert.Contains("--output", _cli.Out, StringComparison.Ordinal);
        foreach (var code in Enum.GetValues<ExitCode>())
        {
            Assert.Matches($@"(?m)^\s+{(int)code}\s+\S", _cli.Out);
        }
    }

    [Fact]
    public async Task Help_of_a_verb_describes_its_arguments()
    {
        Assert.Equal(0, await _cli.RunAsync("", "cert", "inspect", "--help"));

        Assert.Contains("FILE", _cli.Out, StringComparison.Ordinal);
        Assert.Contains("standard input", _cli.Out, StringComparison.Ordinal);
    }

    // Of two options with one name the command line takes one and never the other: `cert revoke` could not be used over TLS so.
    [Fact]
    public void No_verb_has_two_options_of_one_name() => Assert.All(AdminVerbs.All(TimeProvider.System), verb =>
    {
        var names = verb.Parameters.OfType<Option>().SelectMany(option => option.Aliases.Append(option.Name)).ToList();
        Assert.Equal(names.Distinct(StringComparer.Ordinal), names);
    });

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("cert")]
    [InlineData("cert", "inspect")]
    [InlineData("version", "--frobnicate")]
    [InlineData("version", "--output", "xml")]
    public async Task A_wrong_command_line_is_told_on_standard_error_and_ends_with_2(params string[] arguments)
    {
        Assert.Equal(2, await _cli.RunAsync("", arguments));

        Assert.Empty(_cli.Out);
        Assert.StartsWith("meshca: ", _cli.Error, StringComparison.Ordinal);
        Assert.Contains("--help", _cli.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verbs_outcome_is_the_exit_code()
    {
        var verb = new Verb((_, _) => Task.FromResult(ExitCode.Refused));

        Assert.Equal(3, await _cli.RunAsync([verb], CancellationToken.None, "cert", "try"));
    }

    [Fact]
    public async Task A_file_that_fails_ends_with_1_and_its_message()
    {
        var verb = new Verb((_, _) => throw new IOException("disk is full"));

        Assert.Equal(1, await _cli.RunAsync([verb], CancellationToken.None, "cert", "try"));
        Assert.Equal("meshca: disk is full" + Environment.NewLine, _cli.Error);
    }

    [Fact]
    public async Task A_signal_ends_with_130()
    {
        using var source = new CancellationTokenSource();
        var verb = new Verb(async (_, cancellationToken) =>
        {
            await source.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            return ExitCode.Ok;
        });

        Assert.Equal(130, await _cli.RunAsync([verb], source.Token, "cert", "try"));
    }

    [Theory]
    [InlineData("json", "cert", "try", "--output", "json")]
    [InlineData("json", "--output", "json", "cert", "try")]
    [InlineData("json", "cert", "try", "-o", "json")]
    [InlineData("table", "cert", "try")]
    public async Task The_output_form_may_stand_anywhere(string form, params string[] arguments)
    {
        OutputFormat? seen = null;
        var verb = new Verb((output, _) =>
        {
            seen = output.Format;
            return Task.FromResult(ExitCode.Ok);
        });

        Assert.Equal(0, await _cli.RunAsync([verb], CancellationToken.None, arguments));
        Assert.Equal(form, seen?.ToString().ToLowerInvariant());
    }

    private sealed class Verb(Func<AdminOutput, CancellationToken, Task<ExitCode>> run) : IAdminVerb
    {
        public string Name => "cert try";

        public string Description => "Try";

        public IEnumerable<Symbol> Parameters => [];

        public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) =>
            run(output, cancellationToken);
    }
}
