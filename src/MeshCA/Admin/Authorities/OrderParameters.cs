using System.CommandLine;
using Grpc.Core;
using MeshCA.Wire.Admin;

namespace MeshCA.Admin.Authorities;

/// <summary>What verbs share that order something: why, whether by force, and how the answer is shown.</summary>
internal sealed class OrderParameters(TimeProvider clock, bool canForce)
{
    private readonly AdminSocketParameters _socket = new();
    private readonly RotationWatch _watch = new(clock);
    private readonly Option<string> _reason = new("--reason") { Description = "Why, for the audit", DefaultValueFactory = _ => "" };
    private readonly Option<bool> _force = new("--force") { Description = "Do it though it strands somebody; needs --reason" };

    /// <summary>The options.</summary>
    public IEnumerable<Symbol> All => [_reason, .. canForce ? [_force] : Array.Empty<Symbol>(), .. _watch.All, .. _socket.All];

    /// <summary>Why.</summary>
    public string Reason(ParseResult arguments) => arguments.GetRequiredValue(_reason);

    /// <summary>Whether by force.</summary>
    public bool IsForced(ParseResult arguments) => canForce && arguments.GetValue(_force);

    /// <summary>Orders, and shows what became of it.</summary>
    public async Task<ExitCode> OrderAsync(
        ParseResult arguments,
        AdminOutput output,
        Func<Wire.Admin.Authorities.AuthoritiesClient, CallOptions, Task<OrderResponse>> order,
        CancellationToken cancellationToken)
    {
        if (IsForced(arguments) && string.IsNullOrWhiteSpace(Reason(arguments)))
        {
            output.Fail("--force needs --reason");
            return ExitCode.Usage;
        }

        return await _socket.CallAsync(
            arguments,
            output,
            async (channel, options) =>
            {
                var client = new Wire.Admin.Authorities.AuthoritiesClient(channel);
                var report = OrderReport.Of(await order(client, options));
                if (report.Done && _watch.IsAsked(arguments))
                {
                    return await _watch.FollowAsync(client, report.Status, arguments, output, cancellationToken);
                }

                output.Write(report, AuthorityJson.Default.OrderReport, RotationText.Render);
                return report.Done ? ExitCode.Ok : ExitCode.Refused;
            },
            cancellationToken);
    }

    /// <summary>Orders nothing, and shows how the rotation stands or what one would do.</summary>
    public Task<ExitCode> ShowAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _socket.CallAsync(
        arguments,
        output,
        async (channel, options) =>
        {
            var client = new Wire.Admin.Authorities.AuthoritiesClient(channel);
            var view = RotationView.Of(await client.GetRotationAsync(new GetRotationRequest(), options));
            output.Write(view, AuthorityJson.Default.RotationView, RotationText.Render);
            return view.Rotation is { IsUnderWay: true } ? ExitCode.Refused : ExitCode.Ok;
        },
        cancellationToken);
}
