using System.Runtime.CompilerServices;
using AuthzEngine.Admission;
using AuthzEngine.Diagnostics;
using AuthzEngine.Formats.Yaml;
using AuthzEngine.Policies;
using MeshCA.Policies;
using MeshCA.PolicySources.Watched;

namespace MeshCA.PolicySources;

/// <summary>Parses texts once and remembers from which text a resource came. One caller at a time.</summary>
internal sealed class SourceReader
{
    private static readonly YamlLimits Limits = new();

    private readonly ConditionalWeakTable<PolicyResource, SourceText> _texts = [];
    private readonly Dictionary<string, (SourceText? Text, SourceReading Reading)> _last = new(StringComparer.Ordinal);

    /// <summary>Reads a source that is one text; an unchanged one gives the very documents of the last time.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="text">Its content; untrusted.</param>
    public SourceReading Read(string source, SourceText text)
    {
        if (text.IsBlank)
        {
            return Fail(source, "it is empty; a comment in it says that this is meant");
        }

        if (_last.TryGetValue(source, out var last) && text.Equals(last.Text))
        {
            return last.Reading;
        }

        var result = PolicyReader.Read(source, text.Utf8, Limits);
        Remember(result, text);
        var reading = result.ToReading(source);
        _last[source] = (text, reading);
        return reading;
    }

    /// <summary>Reads a source that is one resource whose name somebody else vouches for; an unchanged one gives the very document of the last time.</summary>
    /// <remarks>Of a text that cannot be read it is still known whose it is: it is held back, and the source counts as read.</remarks>
    /// <param name="source">The source's name.</param>
    /// <param name="id">The resource.</param>
    /// <param name="text">Its text; untrusted.</param>
    public SourceReading Read(string source, ResourceId id, SourceText text)
    {
        if (_last.TryGetValue(source, out var last) && text.Equals(last.Text))
        {
            return last.Reading;
        }

        var result = PolicyReader.Read(source, text.Utf8, Limits);
        Remember(result, text);
        var reading = new SourceReading.Complete(source, [WatchedDocument.Of(result, id)], []);
        _last[source] = (text, reading);
        return reading;
    }

    /// <summary>The reading of a source that could not be read; the same one for the same reason.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="reason">Why.</param>
    public SourceReading Fail(string source, string reason)
    {
        if (_last.TryGetValue(source, out var last)
            && last.Reading is SourceReading.Failed(_, [{ Code: SourceCodes.SourceUnreadable } finding])
            && finding.Message == reason)
        {
            return last.Reading;
        }

        var reading = new SourceReading.Failed(source, [new(Severity.Error, SourceCodes.SourceUnreadable, null, "", reason)]);
        _last[source] = (null, reading);
        return reading;
    }

    /// <summary>The reading of a source that has no documents of its own; the same one while nothing is new.</summary>
    /// <param name="source">The source's name.</param>
    /// <param name="findings">What is to say about it.</param>
    public SourceReading Note(string source, IReadOnlyList<Finding> findings)
    {
        if (_last.TryGetValue(source, out var last)
            && last.Reading is SourceReading.Complete complete && complete.Findings.SequenceEqual(findings))
        {
            return last.Reading;
        }

        var reading = new SourceReading.Complete(source, [], findings);
        _last[source] = (null, reading);
        return reading;
    }

    /// <summary>Forgets the sources that are gone.</summary>
    /// <param name="readings">Those that are not.</param>
    public void Keep(IEnumerable<SourceReading> readings)
    {
        var names = readings.Select(reading => reading.Source).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _last.Keys.Where(name => !names.Contains(name)).ToList())
        {
            _last.Remove(gone);
        }
    }

    /// <summary>Reads a text outside all sources.</summary>
    /// <param name="name">What findings call it.</param>
    /// <param name="text">The text; untrusted.</param>
    public ReadResult Parse(string name, SourceText text)
    {
        var result = PolicyReader.Read(name, text.Utf8, Limits);
        Remember(result, text);
        return result;
    }

    /// <summary>The text of a source that was read.</summary>
    /// <param name="source">The source's name.</param>
    /// <returns>Null where the last attempt failed.</returns>
    public SourceText? TextOf(string source) => _last.TryGetValue(source, out var last) ? last.Text : null;

    /// <summary>The text that a resource was read from.</summary>
    /// <param name="resource">One that this reader read.</param>
    public SourceText TextOf(PolicyResource resource) =>
        _texts.TryGetValue(resource, out var text) ? text : throw new ArgumentException("read by somebody else", nameof(resource));

    private void Remember(ReadResult result, SourceText text)
    {
        foreach (var resource in result.Documents.Select(document => document.Resource).OfType<PolicyResource>())
        {
            _texts.AddOrUpdate(resource, text);
        }
    }
}
