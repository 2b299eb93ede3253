using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MeshCA.Telemetry;

/// <summary>The Prometheus text exposition format, version 0.0.4.</summary>
internal static class PrometheusFormat
{
    /// <summary>The media type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes a family: help, type, then its series. A family without series is left out.</summary>
    public static void Write(StringBuilder text, MetricFamily family)
    {
        var series = family.Series;
        if (series.Count == 0)
        {
            return;
        }

        var name = ToName(family.Name);
        text.Append("# HELP ").Append(name).Append(' ').Append(EscapeHelp(family.Help)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(TypeName(family.Type)).Append('\n');
        foreach (var (labels, value) in series)
        {
            WriteSeries(text, name, labels, value);
        }
    }

    /// <summary>A name of the alphabet <c>[a-zA-Z_:][a-zA-Z0-9_:]*</c>; other characters become underscores.</summary>
    public static string ToName(string name)
    {
        var characters = name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_');
        var valid = string.Concat(characters);
        return valid.Length == 0 || char.IsAsciiDigit(valid[0]) ? "_" + valid : valid;
    }

    /// <summary>A number as the format writes it: shortest form that reads back, <c>+Inf</c>, <c>-Inf</c>, <c>NaN</c>.</summary>
    public static string ToText(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static void WriteSeries(StringBuilder text, string name, LabelSet labels, MetricSeries series)
    {
        switch (series)
        {
            case SumSeries sum:
                WriteLine(text, name, labels, null, sum.Value);
                break;
            case LastValueSeries last:
                WriteLine(text, name, labels, null, last.Value);
                break;
            case HistogramSeries histogram:
                WriteHistogram(text, name, labels, histogram);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, LabelSet labels, HistogramSeries histogram)
    {
        var counts = histogram.CumulativeCounts();
        for (var i = 0; i < counts.Length; i++)
        {
            var bound = i < histogram.Bounds.Length ? histogram.Bounds[i] : double.PositiveInfinity;
            WriteLine(text, name + "_bucket", labels, ToText(bound), counts[i]);
        }

        WriteLine(text, name + "_sum", labels, null, histogram.Sum);
        WriteLine(text, name + "_count", labels, null, counts[^1]);
    }

    private static void WriteLine(StringBuilder text, string name, LabelSet labels, string? bound, double value)
    {
        text.Append(name);
        var separator = '{';
        for (var i = 0; i < labels.Names.Count; i++)
        {
            WriteLabel(text, ref separator, ToName(labels.Names[i]), labels.Values[i]);
        }

        if (bound is not null)
        {
            WriteLabel(text, ref separator, "le", bound);
        }

        text.Append(separator == ',' ? "} " : " ").Append(ToText(value)).Append('\n');
    }

    private static void WriteLabel(StringBuilder text, ref char separator, string name, string value)
    {
        text.Append(separator).Append(name).Append("=\"").Append(EscapeLabel(value)).Append('"');
        separator = ',';
    }

    private static string EscapeHelp(string help) =>
        help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string value) =>
        EscapeHelp(value).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string TypeName(MetricType type) => type switch
    {
        MetricType.Counter => "counter",
        MetricType.Gauge => "gauge",
        MetricType.Histogram => "histogram",
        _ => throw new UnreachableException(),
    };
}
