using System.Formats.Asn1;
using System.Text;
using FsCheck;
using MeshCA.Csr;
using Xunit;

namespace MeshCA.Tests.Csr;

public sealed class RequestedNamesTests
{
    private const string ExtensionRequest = "1.2.840.113549.1.9.14";
    private const string SubjectAltName = "2.5.29.17";

    [Fact]
    public void Names_are_read_in_lower_case_each_once_and_others_are_passed_over()
    {
        var attributes = Attributes(ExtensionRequest, SubjectAltName, writer =>
        {
            Write(writer, 6, "spiffe://cluster.local/ns/a/sa/b");
            Write(writer, 2, "Cart.Shop");
            Write(writer, 2, "cart.shop");
            Write(writer, 1, "somebody@example");
            Write(writer, 2, "www.example");
        });
        Assert.True(RequestedNames.Of(attributes).TryRead(out var names));
        Assert.Equal(["cart.shop", "www.example"], names);
    }

    [Theory]
    [InlineData("*.shop")]
    [InlineData("a_b")]
    [InlineData("")]
    [InlineData("10.0.0.1")]
    [InlineData("a\0.shop")]
    public void A_name_that_is_none_spoils_all(string name)
    {
        var attributes = Attributes(ExtensionRequest, SubjectAltName, writer =>
        {
            Write(writer, 2, "cart.shop");
            Write(writer, 2, name);
        });
        Assert.False(RequestedNames.Of(attributes).TryRead(out _));
    }

    [Theory]
    [InlineData(RequestedNames.MaxNames, true)]
    [InlineData(RequestedNames.MaxNames + 1, false)]
    public void So_many_names_are_read_and_no_more(int count, bool isRead)
    {
        var attributes = Attributes(ExtensionRequest, SubjectAltName, writer =>
        {
            for (var i = 0; i < count; i++)
            {
                Write(writer, 2, $"n{i}.shop");
            }
        });
        Assert.Equal(isRead, RequestedNames.Of(attributes).TryRead(out var names));
        Assert.Equal(isRead, names.Count == count);
    }

    [Theory]
    [InlineData("1.2.840.113549.1.9.7", SubjectAltName)]
    [InlineData(ExtensionRequest, "2.5.29.18")]
    public void Names_elsewhere_are_no_wish(string attribute, string extension)
    {
        Assert.True(RequestedNames.Of(Attributes(attribute, extension, writer => Write(writer, 2, "cart.shop"))).TryRead(out var names));
        Assert.Empty(names);
    }

    [Fact]
    public void No_attributes_ask_for_nothing()
    {
        Assert.True(default(RequestedNames).TryRead(out var names));
        Assert.Empty(names);
        Assert.True(RequestedNames.Of([]).TryRead(out names));
        Assert.Empty(names);
    }

    [Fact]
    public void No_bytes_whatever_throw() => FsCheck.Fluent.Prop.ForAll<byte[], int>((noise, at) =>
    {
        var attributes = Attributes(ExtensionRequest, SubjectAltName, writer => Write(writer, 2, "cart.shop"));
        foreach (var (value, i) in noise.Select((value, i) => (value, i)))
        {
            attributes[(int)(((long)(uint.MaxValue & (long)at) + i) % attributes.Length)] = value;
        }

        RequestedNames.Of(attributes).TryRead(out _);
        RequestedNames.Of(noise).TryRead(out _);
        return true;
    }).QuickCheckThrowOnFailure();

    private static void Write(AsnWriter writer, int tag, string name) =>
        writer.WriteOctetString(Encoding.Latin1.GetBytes(name), new Asn1Tag(TagClass.ContextSpecific, tag));

    private static byte[] Attributes(string attribute, string extension, Action<AsnWriter> names)
    {
        var value = new AsnWriter(AsnEncodingRules.DER);
        using (value.PushSequence())
        {
            names(value);
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(attribute);
            using (writer.PushSetOf())
            using (writer.PushSequence())
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(extension);
                writer.WriteOctetString(value.Encode());
            }
        }

        return writer.Encode();
    }
}
