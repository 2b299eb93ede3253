using Grpc.Core;
using Xunit;

namespace Grpc.Tests.Core;

public sealed class MetadataTests
{
    [Fact]
    public void Keys_are_lower_case_and_found_in_any_case()
    {
        Metadata metadata = new() { { "X-Key.1_a", "one" }, { "x-key.1_a", "two" } };

        Assert.Equal(["x-key.1_a", "x-key.1_a"], metadata.Select(entry => entry.Key));
        Assert.Equal("two", metadata.GetValue("X-KEY.1_A"));
        Assert.Equal(["one", "two"], metadata.GetAll("x-key.1_a").Select(entry => entry.Value));
        Assert.Null(metadata.Get("other"));
        Assert.Null(metadata.GetValue("other"));
        Assert.Null(metadata.GetValueBytes("other"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData(":path")]
    [InlineData("\u00e9")]
    [InlineData("a-bin")]
    public void A_text_needs_a_key_of_the_alphabet_that_does_not_end_in_bin(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "value"));

    [Theory]
    [InlineData("a")]
    [InlineData("a-binary")]
    public void Bytes_need_a_key_that_ends_in_bin(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, [1]));

    [Fact]
    public void Bytes_are_copied_in_and_out()
    {
        byte[] bytes = [1, 2];
        var entry = new Metadata.Entry("a-bin", bytes);
        bytes[0] = 9;
        entry.ValueBytes[1] = 9;

        Assert.Equal([1, 2], entry.ValueBytes);
        Assert.True(entry.IsBinary);
        Assert.Throws<InvalidOperationException>(() => entry.Value);
    }

    [Fact]
    public void A_text_has_its_ascii_as_bytes() =>
        Assert.Equal("hi"u8.ToArray(), new Metadata.Entry("a", "hi").ValueBytes);

    [Fact]
    public void Empty_metadata_cannot_be_changed()
    {
        Assert.True(Metadata.Empty.IsReadOnly);
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("a", "b"));
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Clear());
        Assert.Empty(Metadata.Empty);
    }

    [Fact]
    public void It_is_a_list()
    {
        var a = new Metadata.Entry("a", "1");
        var b = new Metadata.Entry("b", "2");
        Metadata metadata = [a];
        metadata.Insert(0, b);
        Assert.Equal([b, a], metadata);
        Assert.Equal(1, metadata.IndexOf(a));
        metadata[1] = b;
        metadata.RemoveAt(0);
        Assert.Contains(b, metadata);
        Assert.True(metadata.Remove(b));
        Assert.Empty(metadata);
    }
}
