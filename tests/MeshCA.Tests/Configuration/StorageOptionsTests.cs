using System.Globalization;
using MeshCA.Configuration;
using Xunit;

namespace MeshCA.Tests.Configuration;

public sealed class StorageOptionsTests
{
    [Fact]
    public void The_defaults_need_only_a_key()
    {
        Assert.Equal([nameof(StorageOptions.KeyEncryptionKeyFile)], Faults(new()));
        Assert.Empty(Faults(Valid()));
    }

    [Theory]
    [InlineData(nameof(StorageOptions.KeyEncryptionKeyVariable), "B", nameof(StorageOptions.KeyEncryptionKeyFile))]
    [InlineData(nameof(StorageOptions.DirectoryPath), "relative", nameof(StorageOptions.DirectoryPath))]
    [InlineData(nameof(StorageOptions.DirectoryPath), "", nameof(StorageOptions.DirectoryPath))]
    [InlineData(nameof(StorageOptions.MaxBatch), 4_097, nameof(StorageOptions.MaxBatch))]
    [InlineData(nameof(StorageOptions.CheckpointInterval), 0, nameof(StorageOptions.CheckpointInterval))]
    public void A_broken_rule_names_its_setting(string property, object value, string named) =>
        Assert.Equal([named], Faults(With(property, value)));

    [Theory]
    [InlineData(nameof(StorageOptions.MaxClockStep), "00:00:00")]
    [InlineData(nameof(StorageOptions.AuditRetention), "23:59:59")]
    [InlineData(nameof(StorageOptions.Retention), "3651.00:00:00")]
    [InlineData(nameof(StorageOptions.ProbeInterval), "00:00:00")]
    public void A_length_of_time_out_of_its_range_is_named(string property, string value) =>
        Assert.Equal([property], Faults(With(property, TimeSpan.Parse(value, CultureInfo.InvariantCulture))));

    private static StorageOptions With(string property, object value)
    {
        var options = Valid();
        typeof(StorageOptions).GetProperty(property)!.SetValue(options, value);
        return options;
    }

    private static StorageOptions Valid() => new() { KeyEncryptionKeyFile = "/a" };

    private static IEnumerable<string> Faults(StorageOptions options) =>
        new StorageOptionsValidator().Validate(null, options).Failures?
            .Select(failure => typeof(StorageOptions).GetProperties().Select(property => property.Name)
                .Where(failure.Contains).MinBy(name => failure.IndexOf(name, StringComparison.Ordinal))!) ?? [];
}
