using System.IO;

namespace Architecture.Tests;

/// <summary>The table under one heading of a page; its rows begin with a name in backticks.</summary>
/// <param name="page">The page, from the root.</param>
/// <param name="heading">The heading's whole line.</param>
internal sealed class DocumentedTable(string page, string heading)
{
    /// <summary>The table's rows as they stand.</summary>
    public IReadOnlyList<string> Rows => [.. Section(Lines()).Where(IsRow)];

    /// <summary>Checks that the rows are those that the code gives; <c>UPDATE_GOLDEN=1</c> writes them.</summary>
    public void Matches(IReadOnlyList<string> rows)
    {
        if (Golden.IsUpdating)
        {
            Rewrite(rows);
        }

        Verdict.None(Golden.Difference($"{page} {heading}", Rows, rows));
    }

    /// <summary>Checks the first cells of the rows against the code; the last cell is prose, and must not be empty.</summary>
    public void MatchesBeginnings(IReadOnlyList<string> beginnings)
    {
        var rows = Rows;
        Verdict.None(
        [
            .. Golden.Difference($"{page} {heading}", [.. rows.Select(WithoutProse)], beginnings),
            .. rows.Where(row => Cells(row)[^1].Length == 0).Select(row => $"{page}: says nothing about {row}"),
        ]);
    }

    /// <summary>A row's cells.</summary>
    public static IReadOnlyList<string> Cells(string row) => [.. row.Trim('|').Split(" | ").Select(cell => cell.Trim())];

    private static string WithoutProse(string row) => $"| {string.Join(" | ", Cells(row).SkipLast(1))} |";

    private static bool IsRow(string line) => line.StartsWith("| `", StringComparison.Ordinal);

    private string[] Lines() => File.ReadAllLines(Path.Combine(Repository.Root, page));

    private IEnumerable<string> Section(IEnumerable<string> lines) => lines
        .SkipWhile(line => line != heading)
        .Skip(1)
        .TakeWhile(line => !line.StartsWith('#'));

    private void Rewrite(IReadOnlyList<string> rows)
    {
        var lines = Lines();
        var start = Array.IndexOf(lines, heading) + 1;
        if (start == 0)
        {
            throw new InvalidOperationException($"{page} lacks the heading `{heading}`");
        }

        var section = Section(lines).ToList();
        var before = section.TakeWhile(line => !line.StartsWith("|---", StringComparison.Ordinal)).Count() + 1;
        var after = section.Skip(before).Where(line => !IsRow(line));
        string[] rest = [.. lines.Skip(start + section.Count)];
        File.WriteAllLines(
            Path.Combine(Repository.Root, page), [.. lines.Take(start), .. section.Take(before), .. rows, .. after, .. rest]);
    }
}
