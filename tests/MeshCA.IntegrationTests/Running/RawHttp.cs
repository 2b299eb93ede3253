using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace MeshCA.IntegrationTests.Running;

/// <summary>One HTTP/1.1 request written by hand: targets as they are, header lines of one name kept apart.</summary>
internal sealed class RawHttp(Uri address) : IDisposable
{
    private readonly TcpClient _connection = new();

    public async Task<HttpResponseMessage> SendAsync(string method, string target, IEnumerable<(string Name, string Value)> headers)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _connection.ConnectAsync(address.Host, address.Port, cancellation);
        List<(string Name, string Value)> lines = [.. headers];
        if (!lines.Exists(line => line.Name == "Host"))
        {
            lines.Add(("Host", "proxy"));
        }

        var text = $"{method} {target} HTTP/1.1\r\n{string.Concat(lines.Select(line => $"{line.Name}: {line.Value}\r\n"))}Connection: close\r\n\r\n";
        await _connection.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
        using var reader = new StreamReader(_connection.GetStream());
        return Parse(await reader.ReadToEndAsync(cancellation));
    }

    public void Dispose() => _connection.Dispose();

    private static HttpResponseMessage Parse(string answer)
    {
        if (answer.Length == 0)
        {
            throw new HttpRequestException(HttpRequestError.ResponseEnded);
        }

        var (head, body) = (answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)], answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        var lines = head.Split("\r\n");
        var response = new HttpResponseMessage((HttpStatusCode)int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture));
        var chunked = false;
        foreach (var line in lines.Skip(1))
        {
            var (name, value) = (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
            chunked |= name == "Transfer-Encoding";
            response.Headers.TryAddWithoutValidation(name, value);
        }

        // Our answers are one chunk.
        response.Content = new StringContent(chunked && body.Length > 5 ? body.Split("\r\n")[1] : body);
        return response;
    }
}
