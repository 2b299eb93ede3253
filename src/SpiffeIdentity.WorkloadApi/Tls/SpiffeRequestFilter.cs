using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SpiffeIdentity.WorkloadApi.Tls;

/// <summary>Stands before every request of a server whose endpoints all speak SPIFFE.</summary>
/// <param name="logger">For what is wrong with the server's composition.</param>
internal sealed class SpiffeRequestFilter(ILogger<SpiffeRequestFilter> logger) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, rest) =>
        {
            // An endpoint that was made before ours were the defaults, or after others replaced them, would let in anybody.
            if (context.GetSpiffePeer() is null)
            {
                ClientLog.EndpointWithoutSpiffe(logger);
                context.Response.StatusCode = StatusCodes.Status403Forbidden;
                return Task.CompletedTask;
            }

            return context.Features.Get<ConnectionEnd>() is { } connection ? connection.RunAsync(context, rest) : rest(context);
        });
        next(app);
    };
}
