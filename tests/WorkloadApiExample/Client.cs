using System.Net.Http;
using SpiffeIdentity;
using SpiffeIdentity.WorkloadApi;
using SpiffeIdentity.WorkloadApi.Tls;

namespace WorkloadApiExample;

/// <summary>The client of the README, line by line.</summary>
internal static class Client
{
    public static async Task RunAsync(string address)
    {
        // README: client
        await using var identity = await X509Source.CreateAsync();
        var server = SpiffeIdMatcher.Exactly(SpiffeId.Parse("spiffe://example.org/server"));

        using var http = new HttpClient(SpiffeHttp.CreateHandler(identity, server));
        Console.WriteLine(await http.GetStringAsync(address));
        // end
    }
}
