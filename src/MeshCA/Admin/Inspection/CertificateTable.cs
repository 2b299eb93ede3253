using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MeshCA.Admin.Inspection;

/// <summary>Certificate reports as tables.</summary>
internal static class CertificateTable
{
    /// <summary>One table per certificate, numbered from the file's first.</summary>
    public static IRenderable Render(IReadOnlyList<CertificateReport> reports) =>
        new Rows(reports.Select((report, index) => Render(report, index + 1, reports.Count)));

    /// <summary>A length of time in its two largest units: <c>9 d 23 h</c>, <c>1 h 0 min</c>, <c>59 s</c>.</summary>
    public static string Length(TimeSpan length) => length switch
    {
        { TotalDays: >= 1 } => $"{length.Days} d {length.Hours} h",
        { TotalHours: >= 1 } => $"{length.Hours} h {length.Minutes} min",
        { TotalMinutes: >= 1 } => $"{length.Minutes} min {length.Seconds} s",
        _ => $"{length.Seconds} s",
    };

    private static Table Render(CertificateReport report, int number, int count)
    {
        var table = new Table { Border = TableBorder.Rounded, ShowHeaders = false, Title = new TableTitle($"certificate {number} of {count}") };
        table.AddColumns("field", "value");
        foreach (var (field, value) in Fields(report))
        {
            table.AddRow(new Text(field), new Text(AdminOutput.Printable(value)));
        }

        return table;
    }

    private static IEnumerable<(string Field, string Value)> Fields(CertificateReport report) =>
    [
        ("subject", report.Subject.Length == 0 ? "(empty)" : report.Subject),
        ("issuer", report.Issuer),
        ("serial", report.Serial),
        ("SPIFFE ID", report.SpiffeId ?? "(none)"),
        ("alternative names", List(report.SubjectAlternativeNames)),
        ("key", report.Key),
        ("signature", report.SignatureAlgorithm),
        ("not before", Time(report.NotBefore)),
        ("not after", Time(report.NotAfter)),
        ("validity", Validity(report)),
        ("key usage", List(report.KeyUsage)),
        ("extended key usage", List(report.ExtendedKeyUsage)),
        ("authority", Authority(report)),
        ("subject key id", report.SubjectKeyId ?? "(none)"),
        ("authority key id", report.AuthorityKeyId ?? "(none)"),
        ("SHA-256", report.Sha256),
    ];

    private static string List(IReadOnlyList<string> items) => items.Count == 0 ? "(none)" : string.Join(", ", items);

    private static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Validity(CertificateReport report) => report.State switch
    {
        ValidityState.NotYetValid => "not yet valid",
        ValidityState.Valid => $"valid, {Length(TimeSpan.FromSeconds(Math.Max(0, report.SecondsLeft)))} left",
        ValidityState.Expired => $"expired {Length(TimeSpan.FromSeconds(-report.SecondsLeft))} ago",
        _ => throw new UnreachableException(),
    };

    private static string Authority(CertificateReport report) => report switch
    {
        { IsAuthority: null } => "no basic constraints",
        { IsAuthority: false } => "no",
        { PathLength: { } length } => $"yes, path length {length}",
        _ => "yes, any path length",
    };
}
