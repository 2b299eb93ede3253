using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using SpiffeIdentity;
using SpiffeIdentity.WorkloadApi;
using SpiffeIdentity.WorkloadApi.Tls;

namespace WorkloadApiExample;

/// <summary>Server and client of the README in one: a workload among others, set up as the README says and not otherwise.</summary>
internal static class App
{
    /// <summary>Runs one until its standard input ends; each line of it (<c>start</c>, <c>report</c>, <c>stop</c>) is answered with a report.</summary>
    /// <param name="url">Where it serves.</param>
    /// <param name="peerUrl">Whom it calls.</param>
    /// <param name="peerId">Who that must be.</param>
    public static async Task RunAsync(string url, string peerUrl, string peerId)
    {
        var peer = SpiffeId.Parse(peerId);
        await using var identity = await X509Source.CreateAsync();
        var clients = SpiffeIdMatcher.MemberOf(peer.TrustDomain);

        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(url);
        builder.WebHost.UseSpiffeMtls(identity, clients);

        await using var app = builder.Build();
        app.MapGet("/", (HttpContext context) => $"hello, {context.GetSpiffePeer()}");
        await app.StartAsync();

        await using var traffic = new Traffic(identity, peer, new Uri(peerUrl));
        while (await Console.In.ReadLineAsync() is { } order)
        {
            switch (order)
            {
                case "start":
                    traffic.Start();
                    break;
                case "stop":
                    await traffic.StopAsync();
                    break;
            }

            Console.WriteLine(JsonSerializer.Serialize(traffic.Report()));
        }
    }
}
