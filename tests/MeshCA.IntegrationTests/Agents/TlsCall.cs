using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using SpiffeIdentity;
using SpiffeIdentity.WorkloadApi;
using SpiffeIdentity.WorkloadApi.Tls;

namespace MeshCA.IntegrationTests.Agents;

/// <summary>One connection with our library's mutual TLS: something is sent, something comes back.</summary>
/// <param name="Fault">What went wrong; null where nothing did.</param>
/// <param name="Answer">The first line that came.</param>
/// <param name="Serial">The serial number that the server showed.</param>
internal sealed record TlsCall(string? Fault, string Answer = "", string Serial = "")
{
    /// <summary>Makes one.</summary>
    /// <param name="identity">What it shows, and verifies by.</param>
    /// <param name="server">Who the server must be.</param>
    /// <param name="address">Host and port on loopback.</param>
    /// <param name="text">What is sent.</param>
    public static async Task<TlsCall> MakeAsync(X509Source identity, SpiffeIdMatcher server, string address, string text)
    {
        try
        {
            using var connection = new TcpClient();
            await connection.ConnectAsync(System.Net.IPEndPoint.Parse(address));
            await using var tls = new SslStream(connection.GetStream());
            await tls.AuthenticateAsClientAsync(SpiffeTls.CreateClientOptions(identity, server, "localhost"));
            await using var writer = new StreamWriter(tls, leaveOpen: true) { AutoFlush = true };
            await writer.WriteAsync(text);
            using var reader = new StreamReader(tls, leaveOpen: true);
            return await reader.ReadLineAsync() is { } answer
                ? new TlsCall(null, answer, tls.RemoteCertificate!.GetSerialNumberString())
                : new TlsCall("the connection ended without an answer");
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or SvidUnavailableException)
        {
            return new TlsCall($"{e.Message} {e.InnerException?.Message}");
        }
    }
}
