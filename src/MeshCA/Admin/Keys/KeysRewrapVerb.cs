using System.CommandLine;
using System.IO;
using System.Text.Json.Serialization;
using MeshCA.Configuration;
using MeshCA.Hosting;
using MeshCA.Storage.Rewrapping;
using MeshCA.Storage.Sealing;
using Microsoft.Extensions.Logging.Abstractions;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Keys;

/// <summary><c>meshca keys rewrap</c>: changes the key-encryption key of a store, with the service stopped.</summary>
internal sealed class KeysRewrapVerb(TimeProvider clock) : IAdminVerb
{
    private readonly StoreParameters _store = new();
    private readonly Option<string> _newKey = new("--new-key-file") { Description = "File with the new key: 32 bytes as Base64 or 64 hexadecimal digits", Required = true };
    private readonly Option<bool> _create = new("--create") { Description = "Draw the new key into that file, which must not exist; it gets mode 0600" };

    /// <inheritdoc />
    public string Name => "keys rewrap";

    /// <inheritdoc />
    public string Description => "Seal everything in the store under a new key-encryption key; the service must be stopped";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_newKey, _create, .. _store.All];

    /// <inheritdoc />
    public async Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        if (!_store.TryRead(arguments, out var options, out var fault))
        {
            output.Fail(fault);
            return ExitCode.Usage;
        }

        var file = Path.GetFullPath(arguments.GetRequiredValue(_newKey));
        var create = arguments.GetValue(_create);
        if (create && File.Exists(file))
        {
            output.Fail($"`{file}` exists: --create makes a new file");
            return ExitCode.Usage;
        }

        var source = new StorageOptions { KeyEncryptionKeyFile = file, CreateKeyEncryptionKey = create };
        var outcome = await new StoreRewrap(options, clock, NullLogger.Instance).RunAsync(
            () => KeyEncryptionKeySource.Load(source, storeIsNew: create), $"uid:{PeerCredential.OwnUserId}", cancellationToken);
        switch (outcome)
        {
            case RewrapOutcome.Refused(var error, var message):
                output.Fail(message);
                return error switch
                {
                    RewrapError.NoStore or RewrapError.InUse => ExitCode.Unavailable,
                    RewrapError.SameKey => ExitCode.Refused,
                    _ => ExitCode.Failure,
                };
            case RewrapOutcome.Done(var old, var next):
                output.Write(new RewrapReport(old is not null, old ?? "", next, file), RewrapJson.Default.RewrapReport, Render);
                return ExitCode.Ok;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static IRenderable Render(RewrapReport report)
    {
        var grid = new Grid().AddColumn().AddColumn();
        grid.AddRow("outcome", report.Changed ? "everything is sealed under the new key" : "the store was under the new key already");
        grid.AddRow("old key", report.OldKey);
        grid.AddRow("new key", report.NewKey);
        grid.AddRow("next", Markup.Escape($"set Storage:KeyEncryptionKeyFile to {report.File}, start the service, make a backup, destroy the old key"));
        return grid;
    }
}

/// <summary>What <c>meshca keys rewrap</c> prints.</summary>
/// <param name="Changed">False where the store was under the new key already.</param>
/// <param name="OldKey">Names the old key, as sealed values do.</param>
/// <param name="NewKey">Names the new key.</param>
/// <param name="File">Where the new key is.</param>
internal sealed record RewrapReport(bool Changed, string OldKey, string NewKey, string File);

/// <summary>JSON of <see cref="RewrapReport"/>.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RewrapReport))]
internal sealed partial class RewrapJson : JsonSerializerContext;
