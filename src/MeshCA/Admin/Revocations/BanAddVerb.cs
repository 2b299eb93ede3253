using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Revocations;

/// <summary><c>meshca ban add</c>: nothing is issued to an identity any more, and decisions deny it.</summary>
/// <param name="clock">Where the length of a ban begins.</param>
internal sealed class BanAddVerb(TimeProvider clock) : IAdminVerb
{
    private readonly RevocationParameters _parameters = new();
    private readonly Argument<string> _id = new("SPIFFE-ID") { Description = "The identity" };
    private readonly Option<bool> _prefix = new("--prefix") { Description = "Ban every identity below it too, by whole segments of the path" };
    private readonly Option<TimeSpan> _for =
        new Option<TimeSpan>("--for") { Description = "How long, as [d.]hh:mm:ss; until it is removed without it" }.AsLength(TimeSpan.FromSeconds(1));

    /// <inheritdoc />
    public string Name => "ban add";

    /// <inheritdoc />
    public string Description => "Ban an identity: issuing stops and decisions deny it before this command ends";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_id, _prefix, _for, .. _parameters.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var request = new AddBanRequest
        {
            SpiffeId = arguments.GetRequiredValue(_id),
            Prefix = arguments.GetValue(_prefix),
            Reason = _parameters.Reason(arguments),
            Wait = _parameters.Wait(arguments),
        };
        if (arguments.GetValue(_for) is var length && length > TimeSpan.Zero)
        {
            request.ExpiresAt = Timestamp.FromDateTimeOffset(clock.GetUtcNow() + length);
        }

        return _parameters.ChangeAsync(
            arguments, output, (client, options) => client.AddBanAsync(request, options), RevocationTables.Added, cancellationToken);
    }
}
