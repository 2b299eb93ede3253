using System.Globalization;
using Spectre.Console;

namespace MeshCA.Admin;

/// <summary>Tables as all commands print them.</summary>
internal static class AdminTables
{
    /// <summary>A table with a line for each row.</summary>
    /// <param name="columns">The heads.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="cells">A row's cells; text of others is made printable.</param>
    public static Table Of<T>(string[] columns, IReadOnlyList<T> rows, Func<T, string[]> cells)
    {
        var table = new Table().SimpleBorder().AddColumns(columns);
        foreach (var row in rows)
        {
            table.AddRow(cells(row).Select(cell => new Text(AdminOutput.Printable(cell))));
        }

        return table;
    }

    /// <summary>A number.</summary>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A time, to the second.</summary>
    public static string Time(DateTimeOffset time) => time.ToString("u", CultureInfo.InvariantCulture);
}
