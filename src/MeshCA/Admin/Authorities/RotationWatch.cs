using System.CommandLine;
using System.Text.Json;
using Grpc.Core;
using MeshCA.Wire.Admin;
using Spectre.Console;

namespace MeshCA.Admin.Authorities;

/// <summary>Follows a rotation to its end. It holds nothing: whoever asks next, from any terminal, sees the same.</summary>
internal sealed class RotationWatch(TimeProvider clock)
{
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    private readonly Option<bool> _watch = new("--watch") { Description = "Follow the rotation until it ends or halts" };

    private readonly Option<TimeSpan> _interval = new Option<TimeSpan>("--interval")
    {
        Description = "Time between two looks, as [d.]hh:mm:ss",
        DefaultValueFactory = _ => TimeSpan.FromSeconds(2),
    }.AsLength(TimeSpan.FromMilliseconds(100));

    /// <summary>The options.</summary>
    public IReadOnlyList<Symbol> All => [_watch, _interval];

    /// <summary>Whether it was asked for.</summary>
    public bool IsAsked(ParseResult arguments) => arguments.GetValue(_watch);

    /// <summary>Follows it.</summary>
    /// <returns><see cref="ExitCode.Ok"/> at the end of a rotation, <see cref="ExitCode.Refused"/> where it halts.</returns>
    public async Task<ExitCode> FollowAsync(
        Wire.Admin.Authorities.AuthoritiesClient client, RotationView view, ParseResult arguments, AdminOutput output, CancellationToken cancellationToken)
    {
        var interval = arguments.GetValue(_interval);
        if (output.Format == OutputFormat.Table && output.Console.Ansi.Profile.Capabilities.Interactive)
        {
            await output.Console.Ansi.Live(RotationText.Render(view)).StartAsync(async live =>
                view = await FollowAsync(client, view, interval, next => live.UpdateTarget(RotationText.Render(next)), cancellationToken));
        }
        else
        {
            view = await FollowAsync(client, view, interval, next => output.Console.Out.WriteLine(LineOf(next, output.Format)), cancellationToken);
        }

        return view.Rotation?.Hold is null ? ExitCode.Ok : ExitCode.Refused;
    }

    private static string LineOf(RotationView view, OutputFormat format) => format == OutputFormat.Json
        ? JsonSerializer.Serialize(view, AuthorityLineJson.Default.RotationView)
        : RotationText.Line(view);

    private async Task<RotationView> FollowAsync(
        Wire.Admin.Authorities.AuthoritiesClient client,
        RotationView view,
        TimeSpan interval,
        Action<RotationView> show,
        CancellationToken cancellationToken)
    {
        show(view);
        while (view.Rotation is { IsUnderWay: true, Hold: null })
        {
            await Task.Delay(interval, clock, cancellationToken);
            var options = new CallOptions(deadline: clock.GetUtcNow().UtcDateTime + CallTimeout, cancellationToken: cancellationToken);
            try
            {
                view = RotationView.Of(await client.GetRotationAsync(new GetRotationRequest(), options));
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                continue; // a restart is no end of a rotation
            }

            show(view);
        }

        return view;
    }
}
