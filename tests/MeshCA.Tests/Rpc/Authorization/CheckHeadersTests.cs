using Google.Protobuf;
using MeshCA.Rpc.Authorization;
using MeshCA.Wire.Envoy.Auth.V3;
using MeshCA.Wire.Envoy.Core.V3;
using Xunit;

namespace MeshCA.Tests.Rpc.Authorization;

public sealed class CheckHeadersTests
{
    [Fact]
    public void Lines_of_the_raw_form_stay_apart_and_in_order()
    {
        var headers = Raw(("x-a", "1"), ("x-b", "2,3"), ("X-A", "4"));
        Assert.Equal(["1", "4"], LinesOf(headers, "x-a"));
        Assert.Equal(["2,3"], LinesOf(headers, "x-b"));
        Assert.Empty(LinesOf(headers, "x-c"));
        Assert.False(headers.WasUncertain);
    }

    [Fact]
    public void The_raw_form_holds_bytes_or_text_and_what_is_no_utf8_matches_no_text()
    {
        var map = new HeaderMap
        {
            Headers =
            {
                new HeaderValue { Key = "x-a", Value = "text" },
                new HeaderValue { Key = "x-a", RawValue = ByteString.CopyFrom(0x61, 0xff) },
            },
        };
        Assert.Equal(["text", "a\ufffd"], LinesOf(new CheckHeaders(new() { HeaderMap = map }, joinedIsExact: false), "x-a"));
    }

    [Theory]
    [InlineData("one", false, false)]
    [InlineData("one,two", false, true)]
    [InlineData("one,two", true, false)]
    public void The_joined_form_is_uncertain_where_there_is_a_comma(string value, bool joinedIsExact, bool expected)
    {
        var headers = new CheckHeaders(new() { Headers = { { "x-a", value } } }, joinedIsExact);
        Assert.Equal([value], LinesOf(headers, "x-a"));
        Assert.Equal(expected, headers.WasUncertain);
    }

    [Fact]
    public void The_scheme_is_a_header_however_it_comes()
    {
        Assert.Equal(["https"], LinesOf(new CheckHeaders(new() { Scheme = "https" }, joinedIsExact: false), ":scheme"));
        Assert.Equal(["http"], LinesOf(new CheckHeaders(new() { Headers = { { ":scheme", "http" } } }, joinedIsExact: false), ":scheme"));
        Assert.Equal(["http"], LinesOf(Raw((":scheme", "http")), ":scheme"));
    }

    [Fact]
    public void Forwarded_addresses_are_one_list_in_both_forms()
    {
        var joined = new CheckHeaders(new() { Headers = { { "x-forwarded-for", "1.1.1.1,2.2.2.2" } } }, joinedIsExact: false);
        Assert.Equal("1.1.1.1,2.2.2.2", joined.ForwardedAddresses());
        Assert.False(joined.WasUncertain);
        Assert.Equal("1.1.1.1,2.2.2.2", Raw(("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2")).ForwardedAddresses());
        Assert.Null(Raw().ForwardedAddresses());
        Assert.Null(new CheckHeaders(new(), joinedIsExact: false).ForwardedAddresses());
    }

    private static CheckHeaders Raw(params (string Name, string Value)[] lines)
    {
        var map = new HeaderMap();
        foreach (var (name, value) in lines)
        {
            map.Headers.Add(new HeaderValue { Key = name, RawValue = ByteString.CopyFromUtf8(value) });
        }

        return new(new AttributeContext.Types.HttpRequest { HeaderMap = map }, joinedIsExact: false);
    }

    private static List<string> LinesOf(CheckHeaders headers, string name)
    {
        var lines = headers.Find(name);
        return [.. Enumerable.Range(0, lines.Count).Select(i => lines[i])];
    }
}
