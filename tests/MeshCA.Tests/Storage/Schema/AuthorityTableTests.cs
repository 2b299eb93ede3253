using System.Buffers.Binary;
using System.Security.Cryptography;
using MeshCA.Authorities;
using MeshCA.Storage.Chaining;
using MeshCA.Storage.Schema;
using MeshCA.Storage.Sealing;
using Microsoft.Data.Sqlite;
using TestSupport;
using Xunit;

namespace MeshCA.Tests.Storage.Schema;

public sealed class AuthorityTableTests : IDisposable
{
    private static readonly RotationRecord Rotation = new()
    {
        Number = 1,
        Phase = RotationPhase.Distributing,
        OldRoot = "a",
        NewRoot = "b",
        StartedAt = StoreSamples.Now,
        PhaseSince = StoreSamples.Now,
        Actor = "uid:0",
        TargetSequence = 2,
    };

    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private readonly KeyEncryptionKey _kek = new(new byte[KeyEncryptionKey.Size], "the test");
    private readonly AuthorityTable _table;

    public AuthorityTableTests()
    {
        _connection.Open();
        Assert.True(StoreMigrations.TryApply(_connection));
        _table = new AuthorityTable(_kek);
        AuthorityTable.Add(_connection, StoreSamples.Authority("a"), null);
        AuthorityTable.WriteRotation(_connection, Rotation);
        _table.Seal(_connection, new AuthorityRevision(1, 1));
    }

    public void Dispose()
    {
        _kek.Dispose();
        _connection.Dispose();
    }

    [Fact]
    public void What_was_sealed_is_read_back() => Assert.Equal(Rotation, _table.Read(_connection).Rotation);

    [Theory]
    [InlineData("UPDATE authorities SET tainted_us = 1")]
    [InlineData("UPDATE authorities SET since_us = NULL")]
    [InlineData("DELETE FROM meta WHERE name = 'rotation'")]
    [InlineData("UPDATE meta SET value = replace(value, '\"IsManual\":false', '\"IsManual\":true') WHERE name = 'rotation'")]
    [InlineData("DELETE FROM meta WHERE name = 'rotation'; UPDATE authorities SET since_us = NULL, tainted_us = NULL")]
    public void A_change_behind_the_services_back_is_found(string sql)
    {
        Sql(sql);
        Assert.Throws<KeySealException>(() => _table.Read(_connection));
    }

    [Fact]
    public void A_store_of_the_version_before_rotations_opens_and_is_sealed_anew_with_the_next_change()
    {
        Sql("DELETE FROM meta WHERE name = 'rotation'; UPDATE authorities SET since_us = NULL");
        SealAsTheVersionBefore(new AuthorityRevision(1, 1));
        var authority = Assert.Single(_table.Read(_connection).Authorities);
        Assert.Equal((null, null, StoreSamples.Now), (authority.StateSince, authority.TaintedAt, authority.CreatedAt));

        AuthorityTable.Move(_connection, "a", AuthorityState.Old, StoreSamples.Now);
        _table.Seal(_connection, new AuthorityRevision(2, 1));
        Assert.Equal(AuthorityState.Old, Assert.Single(_table.Read(_connection).Authorities).State);
    }

    [Fact]
    public void The_form_of_the_version_before_vouches_for_no_rotation()
    {
        Sql("UPDATE authorities SET since_us = NULL");
        SealAsTheVersionBefore(new AuthorityRevision(1, 1));
        Assert.Throws<KeySealException>(() => _table.Read(_connection));
    }

    [Fact]
    public void A_member_that_only_a_newer_version_knows_is_refused()
    {
        Sql("UPDATE meta SET value = CAST(replace(CAST(value AS TEXT), '{\"Number\"', '{\"Newer\":1,\"Number\"') AS BLOB) WHERE name = 'rotation'");
        _table.Seal(_connection, new AuthorityRevision(1, 1));
        Assert.Contains("not one this version knows", Assert.Throws<KeySealException>(() => _table.Read(_connection)).Message, StringComparison.Ordinal);
    }

    private void SealAsTheVersionBefore(AuthorityRevision revision)
    {
        var row = StoreSamples.Authority("a");
        var hash = SHA256.HashData(new CanonicalWriter()
            .Number(1L)
            .Text(row.Id)
            .Number((long)row.Kind)
            .Number((long)row.State)
            .Text(row.Issuer)
            .Bytes(row.Certificate.ToArray())
            .Bytes(null)
            .Number(StoredTime.ToMicroseconds(row.CreatedAt))
            .Written);
        var seal = _kek.Seal(hash, $"meta/authorities/{revision.Revision}/{revision.BundleSequence}");
        var value = new byte[16 + seal.Length];
        BinaryPrimitives.WriteInt64BigEndian(value, revision.Revision);
        BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(8), revision.BundleSequence);
        seal.CopyTo(value, 16);
        MetaTable.Write(_connection, MetaRow.Authorities, value);
    }

    private void Sql(string sql)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The statements stand in this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
