using System.Buffers;
using System.Text;
using System.Text.Json;
using AuthzEngine.Formats.Json;
using AuthzEngine.Matching;
using AuthzEngine.Requests;
using MeshCA.DecisionLog;
using Xunit;

namespace MeshCA.Tests.DecisionLog;

public sealed class MemberSelectionTests
{
    // ways to members, the object, what is left of it
    public static TheoryData<string, string, string> Selections() =>
    [
        new("", """{"a":1}""", "{}") { Label = "nothing is kept" },
        new("[a]", """{"a":{"b":[1,null,"x"]},"c":true}""", """{"a":{"b":[1,null,"x"]}}""") { Label = "a whole member" },
        new("[a][b]", """{"a":{"b":"x","c":"y"}}""", """{"a":{"b":"x"}}""") { Label = "a part of a member" },
        new("[a][b] [a][c]", """{"a":{"b":"x","c":"y","d":"z"}}""", """{"a":{"b":"x","c":"y"}}""") { Label = "two parts" },
        new("[a][b] [a]", """{"a":{"b":"x","c":"y"}}""", """{"a":{"b":"x","c":"y"}}""") { Label = "a part and the whole" },
        new("[a]", """{"b":1}""", """{"a":null}""") { Label = "absent: known to be" },
        new("[a][b]", """{"a":"secret"}""", """{"a":null}""") { Label = "something else on the way" },
        new("[a][b]", """{"a":{}}""", """{"a":{"b":null}}""") { Label = "absent within" },
    ];

    [Theory, MemberData(nameof(Selections))]
    public void Only_what_a_way_leads_to_is_kept(string ways, string json, string left)
    {
        var paths = ways.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ClaimPath.Of);

        Assert.Equal(left, Text(MemberSelection.Of(paths).Select(SampleDecisions.Claims(json))));
    }

    private static string Text(ClaimValue.Struct claims)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            RequestJson.Write(json, new RequestAttributes { Protocol = RequestProtocol.Tcp, FilterMetadata = claims }, []);
            json.WriteEndObject();
        }

        return JsonDocument.Parse(Encoding.UTF8.GetString(buffer.WrittenSpan)).RootElement.GetProperty("envoy_metadata").GetRawText();
    }
}
