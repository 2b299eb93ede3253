using System.Diagnostics;
using System.IO;
using MeshCA.Configuration;
using MeshCA.Registration;
using MeshCA.Storage.Queries;
using SpiffeIdentity;

namespace MeshCA.Benchmarks.Storage;

/// <summary>How long the first page of 100 certificates takes by each filter, in a store that <see cref="StoreSeeder"/> filled.</summary>
internal static class ListingMeasure
{
    private const int Repetitions = 5;
    private const double LimitMilliseconds = 100;

    /// <summary>Measures each filter; prints the first time, the median of the next, and a verdict.</summary>
    /// <param name="directory">The store's directory.</param>
    /// <param name="output">Gets the lines.</param>
    /// <returns>Whether all were within the limit.</returns>
    public static async Task<bool> RunAsync(string directory, TextWriter output)
    {
        using var store = new StoreInspection(new StorageOptions { DirectoryPath = directory, CreateKeyEncryptionKey = true });
        var newest = (await store.FindCertificatesAsync(new(new CertificateFilter.All(), [], 1, null), default)).Entries[0];
        var old = (await store.FindCertificatesAsync(
            new(new CertificateFilter.All(), [], 1, new PageCursor(0, Math.Max(2, newest.Sequence / 50))), default)).Entries[0].Record;
        var middle = old.NotAfter + ((newest.Record.NotAfter - old.NotAfter) / 2);
        await output.WriteLineAsync($"{newest.Sequence} records; milliseconds for the first page of 100");
        (string Name, CertificateFilter Filter)[] filters =
        [
            ("identity", new CertificateFilter.OfIdentity(newest.Record.Subject!)),
            ("identity-without-records", new CertificateFilter.OfIdentity(SpiffeId.Parse("spiffe://td/ns/none/sa/none"))),
            ("prefix", new CertificateFilter.Below(Prefix("spiffe://td/ns/namespace-7"))),
            ("prefix-of-all", new CertificateFilter.Below(Prefix("spiffe://td"))),
            ("prefix-without-records", new CertificateFilter.Below(Prefix("spiffe://td/ns/none"))),
            ("old-serial", new CertificateFilter.WithSerial(old.Serial)),
            ("authority", new CertificateFilter.SignedBy(newest.Record.Authority)),
            ("authority-without-records", new CertificateFilter.SignedBy("ffffffffffffffff")),
            ("expiry", new CertificateFilter.Expiring(middle, middle.AddDays(1))),
        ];
        var passed = true;
        foreach (var (name, filter) in filters)
        {
            passed &= await MeasureAsync(store, name, filter, output);
        }

        return passed;
    }

    private static async Task<bool> MeasureAsync(StoreInspection store, string name, CertificateFilter filter, TextWriter output)
    {
        var times = new double[Repetitions + 1];
        var found = 0;
        for (var i = 0; i < times.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            found = (await store.FindCertificatesAsync(new(filter, [], 100, null), default)).Entries.Count;
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        var median = times.Skip(1).Order().ElementAt(Repetitions / 2);
        var passed = median <= LimitMilliseconds;
        await output.WriteLineAsync(FormattableString.Invariant(
            $"{(passed ? "PASS" : "FAIL")} listing-{name} first {times[0]:F1} median {median:F1} limit {LimitMilliseconds:F0} found {found}"));
        return passed;
    }

    private static SpiffeIdPrefix Prefix(string text) =>
        SpiffeIdPrefix.TryParse(text, out var prefix, out _) ? prefix : throw new ArgumentException(text, nameof(text));
}
