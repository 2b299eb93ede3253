using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SpiffeIdentity;
using SpiffeIdentity.WorkloadApi;
using SpiffeIdentity.WorkloadApi.Tls;

namespace WorkloadApiExample;

/// <summary>The server of the README, line by line.</summary>
internal static class Server
{
    public static async Task RunAsync(string[] args)
    {
        // README: server
        await using var identity = await X509Source.CreateAsync();
        var clients = SpiffeIdMatcher.MemberOf(TrustDomain.Parse("example.org"));

        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.UseSpiffeMtls(identity, clients);

        var app = builder.Build();
        app.MapGet("/", (HttpContext context) => $"hello, {context.GetSpiffePeer()}");
        await app.RunAsync();
        // end
    }
}
