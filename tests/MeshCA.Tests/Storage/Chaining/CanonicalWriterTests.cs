using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using Xunit;

namespace MeshCA.Tests.Storage.Chaining;

public sealed class CanonicalWriterTests
{
    [Fact]
    public void Different_fields_never_give_the_same_bytes() =>
        Prop.ForAll<string?[], string?[]>((first, second) =>
            first.Length != second.Length
            || first.Select(Clean).SequenceEqual(second.Select(Clean)) == Write(first).SequenceEqual(Write(second)))
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Text_does_not_flow_from_one_field_into_the_next() =>
        Assert.NotEqual(Write(["ab", "c"]), Write(["a", "bc"]));

    [Fact]
    public void Missing_and_empty_differ()
    {
        Assert.NotEqual(Write([null]), Write([""]));
        Assert.NotEqual(Number(null), Number(0));
    }

    [Fact]
    public void What_is_hashed_is_what_the_database_gives_back() =>
        Prop.ForAll<NonNull<string>>(text =>
        {
            var clean = StoredText.Clean(text.Get);
            return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(clean)) == clean && !clean.Contains('\0');
        }).QuickCheckThrowOnFailure();

    private static string? Clean(string? text) => StoredText.CleanOrNull(text);

    private static byte[] Number(long? number) => new CanonicalWriter().Number(number).Written.ToArray();

    private static byte[] Write(string?[] fields)
    {
        var writer = new CanonicalWriter();
        foreach (var field in fields)
        {
            writer.Text(Clean(field));
        }

        return writer.Written.ToArray();
    }
}
