using System.IO;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using MeshCA.Admin;
using MeshCA.Wire.Identity;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Admin;

public sealed class RevocationLineTests
{
    [Fact]
    public void Who_is_banned_is_named_with_the_end()
    {
        var state = new RevocationState
        {
            Revision = 4,
            Bans =
            {
                new Ban { Number = 1, SpiffeId = "spiffe://td/a" },
                new Ban { Number = 2, SpiffeId = "spiffe://td/b", Prefix = true, ExpiresAt = Timestamp.FromDateTimeOffset(StoreSamples.Now) },
            },
        };

        Assert.EndsWith(
            $"  revision 4  bans: spiffe://td/a, spiffe://td/b and below until {StoreSamples.Now:u}  lists: none; lists are missing",
            RevocationLine.Render(RevocationLine.Of(state, StoreSamples.Now)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_list_is_not_printed_as_one()
    {
        var state = new RevocationState { Lists = { new RevocationList { Authority = "aa", Der = ByteString.CopyFromUtf8("no") } } };

        Assert.Throws<InvalidDataException>(() => RevocationLine.Of(state, StoreSamples.Now));
    }
}
