using System.CommandLine;
using SpiffeIdentity.WorkloadApi;

namespace MeshCA.Admin.Agents;

/// <summary><c>meshca agent watch</c>: follows the X509-SVIDs that the Workload API gives this process, a line for each change.</summary>
internal sealed class AgentWatchVerb : IAdminVerb
{
    private readonly WorkloadApiParameters _api = new();
    private readonly Option<int> _count = new("--count", "-n") { Description = "End after so many lines; 0: never", DefaultValueFactory = _ => 0 };

    /// <inheritdoc />
    public string Name => "agent watch";

    /// <inheritdoc />
    public string Description => "Follow the X509-SVIDs and bundles that this process gets of a Workload API";

    /// <inheritdoc />
    public IEnumerable<Symbol> Parameters => [_count, .. _api.All];

    /// <inheritdoc />
    public Task<ExitCode> RunAsync(ParseResult arguments, AdminOutput output, CancellationToken cancellationToken) => _api.CallAsync(
        arguments,
        output,
        async (client, token) =>
        {
            var (printed, count) = (0, arguments.GetValue(_count));
            await foreach (var next in client.WatchX509Async(token))
            {
                switch (next)
                {
                    case WatchEvent<X509Context>.Received(var context):
                        output.WriteLine(X509ContextReport.Of(context), WorkloadLineJson.Default.X509ContextReport, X509ContextReport.RenderLine);
                        break;
                    case WatchEvent<X509Context>.Failed(var failure, null):
                        output.Fail(failure.ToString());
                        return WorkloadApiParameters.ToExitCode(failure.Reason);
                    case WatchEvent<X509Context>.Failed(var failure, { } wait):
                        output.Fail($"{failure}; tried again in {wait.TotalSeconds:0.0} s");
                        continue;
                }

                if (++printed == count)
                {
                    return ExitCode.Ok;
                }
            }

            token.ThrowIfCancellationRequested();
            return ExitCode.Failure;
        },
        cancellationToken);
}
