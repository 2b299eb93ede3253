using System.CommandLine;
using System.IO;
using Google.Protobuf;
using MeshCA.Wire.Policies;

namespace MeshCA.Admin.Policies;

/// <summary><c>meshca policy apply</c>: adds or replaces policies in a running service.</summary>
internal sealed class PolicyApplyVerb : IAdminVerb
{
    private readonly PolicyChangeParameters _change = new();

    private readonly Argument<string[]> _files = new("FILES")
    {
        Description = "Files with policies, YAML or JSON; `-` is standard input",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <inheritdoc />
    public string Name => "policy apply";

    /// <inheritdoc />
    public string Description => "Add policies to a running service, or replace those of the same name: all or none";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_files, .. _change.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var request = new ApplyRequest();
        foreach (var file in arguments.GetRequiredValue(_files))
        {
            await using var stream = file == "-" ? output.Console.OpenInput() : File.OpenRead(file);
            request.Texts.Add(new PolicyText { Name = file, Content = await ByteString.FromStreamAsync(stream, cancellationToken) });
        }

        if (_change.ExpectedRevision(arguments) is { } expected)
        {
            request.ExpectedRevision = expected;
        }

        return await _change.ChangeAsync(
            (client, options) => client.ApplyAsync(request, options), arguments, output, cancellationToken);
    }
}
