using System.CommandLine;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary><c>meshca root status</c>: how the rotation stands, or what one would do.</summary>
internal sealed class RootStatusVerb(TimeProvider clock) : IAdminVerb
{
    private readonly AdminSocketParameters _socket = new();
    private readonly RotationWatch _watch = new(clock);

    /// <inheritdoc />
    public string Name => "root status";

    /// <inheritdoc />
    public string Description => "Show how the rotation of the root stands, or what one would do that began now; ends with 3 while it is halted";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [.. _watch.All, .. _socket.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var client = new Wire.Admin.Authorities.AuthoritiesClient(channel);
            var view = RotationView.Of(await client.GetRotationAsync(new GetRotationRequest(), options));
            if (_watch.IsAsked(arguments))
            {
                return await _watch.FollowAsync(client, view, arguments, output, cancellationToken);
            }

            output.Write(view, AuthorityJson.Default.RotationView, RotationText.Render);
            return view.Rotation is { IsUnderWay: true, Hold: not null } ? ExitCode.Refused : ExitCode.Ok;
        },
        cancellationToken);
}
