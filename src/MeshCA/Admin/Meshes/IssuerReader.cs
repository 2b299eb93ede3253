using System.Net;
using System.Net.Http;
using System.Text.Json;
using MeshCA.ClusterAnalysis;

namespace MeshCA.Admin.Meshes;

/// <summary>Asks the issuer's HTTP port how it is, and for its roots.</summary>
internal static class IssuerReader
{
    private const int MaxBytes = 1 << 20;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Asks.</summary>
    /// <param name="url">The HTTP port.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public static async Task<IssuerView> ReadAsync(Uri url, CancellationToken cancellationToken)
    {
        var view = new IssuerView { Address = url.Authority };
        using var client = new HttpClient { Timeout = Timeout, MaxResponseContentBufferSize = MaxBytes };
        try
        {
            using var ready = await client.GetAsync(new Uri(url, "/healthz/ready"), cancellationToken);
            var report = await ready.Content.ReadAsStringAsync(cancellationToken);
            var roots = await client.GetStringAsync(new Uri(url, "/bundle.pem"), cancellationToken);
            return view with
            {
                NotReady = ready.StatusCode == HttpStatusCode.OK ? [] : Failed(report),
                Roots = ViewedCertificate.ReadPem(roots),
            };
        }
        catch (HttpRequestException e)
        {
            return view with { Fault = e.Message };
        }
        catch (InvalidOperationException)
        {
            return view with { Fault = "its answer is in a character set that nobody knows" };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return view with { Fault = $"no answer within {Timeout.TotalSeconds} s" };
        }
    }

    private static List<string> Failed(string report)
    {
        try
        {
            using var json = JsonDocument.Parse(report);
            var checks = json.RootElement.GetProperty("checks").EnumerateArray()
                .Where(check => !check.GetProperty("passed").GetBoolean())
                .Select(check => $"{check.GetProperty("name").GetString()}: {check.GetProperty("detail").GetString()}")
                .Take(32)
                .ToList();
            return checks.Count > 0 ? checks : ["it says so"];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return ["it says so, and not why"];
        }
    }
}
