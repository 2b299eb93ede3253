using System.Text;
using System.Text.Json;
using AuthzEngine.Formats.Json;
using AuthzEngine.Requests;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf.WellKnownTypes;
using Xunit;

namespace AuthzEngine.Formats.Tests.Json;

public sealed class ClaimValuesTests
{
    private const string Sample = """{"s":"a","l":["b",1.50,true,null,{"n":[]}],"b":false,"z":null}""";

    private static readonly ClaimLimits Limits = new();

    [Fact]
    public void Values_keep_their_kind() => Assert.Equal("""
         Struct
          Members:
            s: Text
                Value: a
            l: List
                Items:
                  - Text
                      Value: b
                  - Number
                      Value: 1.50
                  - Boolean
                      Value: True
                  - Null
                  - Struct
                      Members:
                        n: List
            b: Boolean
            z: Null

        """, Dump.Of(Parse(Sample)!));

    [Fact]
    public void Protobuf_values_convert_as_their_json_does()
    {
        Assert.True(ClaimValues.TryConvert(Struct.Parser.ParseJson(Sample), Limits, out var claims, out _));
        Assert.Equal(Dump.Of(Parse(Sample)!).Replace("1.50", "1.5", StringComparison.Ordinal), Dump.Of(claims));
    }

    [Theory]
    [InlineData("", ClaimsError.Malformed)]
    [InlineData("{", ClaimsError.Malformed)]
    [InlineData("{} x", ClaimsError.Malformed)]
    [InlineData("{\"a\":1,}", ClaimsError.Malformed)]
    [InlineData("{\"a\":\"\\ud800\"}", ClaimsError.Malformed)]
    [InlineData("{\"\\ud800\":1}", ClaimsError.Malformed)]
    [InlineData("[]", ClaimsError.NotAnObject)]
    [InlineData("null", ClaimsError.NotAnObject)]
    [InlineData("{\"a\":1,\"a\":1}", ClaimsError.DuplicateMember)]
    [InlineData("{\"a\":1,\"\\u0061\":2}", ClaimsError.DuplicateMember)]
    [InlineData("{\"b\":[{\"a\":1,\"a\":1}]}", ClaimsError.DuplicateMember)]
    public void Payload_is_refused(string json, ClaimsError expected)
    {
        Assert.False(ClaimValues.TryParse(Encoding.UTF8.GetBytes(json), Limits, out var claims, out var error));
        Assert.Null(claims);
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Payload_that_is_no_unicode_is_refused() =>
        Assert.False(ClaimValues.TryParse(new byte[] { (byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'1', (byte)'}' }, Limits, out _, out _));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_number_of_a_struct_that_json_cannot_write_is_null(double number)
    {
        Assert.True(ClaimValues.TryConvert(new Struct { Fields = { ["a"] = Value.ForNumber(number) } }, Limits, out var claims, out _));
        Assert.IsType<ClaimValue.Null>(claims.Members["a"]);
    }

    [Theory]
    [InlineData(31, ClaimsError.None)]
    [InlineData(32, ClaimsError.TooDeep)]
    [InlineData(1_000, ClaimsError.Malformed)] // deeper than System.Text.Json reads
    public void Nesting_is_bounded(int lists, ClaimsError expected)
    {
        var json = "{\"a\":" + new string('[', lists) + new string(']', lists) + "}";
        ClaimValues.TryParse(Encoding.UTF8.GetBytes(json), Limits, out _, out var error);
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(31, ClaimsError.None)]
    [InlineData(32, ClaimsError.TooDeep)]
    [InlineData(100_000, ClaimsError.TooDeep)]
    public void Nesting_of_a_struct_is_bounded(int lists, ClaimsError expected)
    {
        var inner = Value.ForList();
        for (var i = 1; i < lists; i++)
        {
            inner = Value.ForList(inner);
        }

        ClaimValues.TryConvert(new Struct { Fields = { ["a"] = inner } }, Limits, out _, out var error);
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(9_998, ClaimsError.None)] // the object and the list are values too
    [InlineData(9_999, ClaimsError.TooManyValues)]
    public void Number_of_values_is_bounded(int items, ClaimsError expected)
    {
        var json = "{\"a\":[" + string.Join(',', Enumerable.Repeat("1", items)) + "]}";
        ClaimValues.TryParse(Encoding.UTF8.GetBytes(json), Limits, out _, out var error);
        Assert.Equal(expected, error);
        ClaimValues.TryConvert(Struct.Parser.ParseJson(json), Limits, out _, out error);
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData(65_536, ClaimsError.None)]
    [InlineData(65_537, ClaimsError.TooLong)]
    public void Length_is_bounded(int length, ClaimsError expected)
    {
        ClaimValues.TryParse(Encoding.UTF8.GetBytes("{}".PadRight(length)), Limits, out _, out var error);
        Assert.Equal(expected, error);
    }

    [Fact]
    public void Any_text_is_taken_exactly_when_it_is_an_object_without_duplicates() =>
        Prop.ForAll<string, string, bool>((name, value, isKnown) =>
        {
            var json = JsonSerializer.Serialize(new Dictionary<string, string> { [(name ?? "") + "x"] = value ?? "" });
            var text = isKnown ? json : (name ?? "") + value;
            var taken = ClaimValues.TryParse(Encoding.UTF8.GetBytes(text), Limits, out var claims, out var error);
            return taken == (error == ClaimsError.None) && taken == (claims is not null) && (taken || !isKnown);
        }).QuickCheckThrowOnFailure();

    private static ClaimValue.Struct? Parse(string json) =>
        ClaimValues.TryParse(Encoding.UTF8.GetBytes(json), Limits, out var claims, out _) ? claims : null;
}
