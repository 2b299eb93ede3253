using System.Buffers;
using System.Text;
using System.Text.Json;
using AuthzEngine.Formats.Json;
using AuthzEngine.Policies;
using AuthzEngine.Requests;
using Xunit;

namespace AuthzEngine.Formats.Tests.Json;

public sealed class RequestJsonTests
{
    public static TheoryData<string> Requests() =>
    [
        """{"protocol":"tcp"}""",
        """{"protocol":"tcp","source_principal":"","source_ip":"10.0.0.1","remote_ip":"::1","dest_ip":"1.2.3.4","dest_port":0,"sni":"a"}""",
        """{"protocol":"http","http":{"headers":{}}}""",
        """{"protocol":"http","http":{"method":"GET","path":"/a?b","host":"h","headers":{"x":"1","y":["1","2"]}}}""",
        """{"protocol":"http","http":{"headers":{}},"jwt":{"state":"invalid"}}""",
        """{"protocol":"http","http":{"headers":{}},"jwt":{"state":"verified","claims":{"iss":"i","a":{"b":[1,"2",true,null,1.50]}}}}""",
        """{"protocol":"http","http":{"headers":{}},"envoy_metadata":{"envoy.filters.f":{"k":["v"]}}}""",
    ];

    [Theory, MemberData(nameof(Requests))]
    public void What_is_read_is_written_alike(string json)
    {
        var request = RequestInput.Read(JsonElement.Parse(json), PathNormalization.None, AttributeKinds.None, out var fault);

        Assert.Null(fault);
        Assert.Equal(json, Write(request));
    }

    private static string Write(RequestInput request)
    {
        var headers = (request.Attributes.Headers as HeaderTable)?.All ?? new Dictionary<string, IReadOnlyList<string>>();
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            RequestJson.Write(
                json, in request.Attributes, headers.Select(header => KeyValuePair.Create(header.Key, new HeaderLines(header.Value))));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
