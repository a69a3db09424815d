using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace BrightKitchen.CentralServer.Integration;

/// <param name="Takes">Parameters and request body, as text.</param>
/// <param name="Gives">Responses by status code, as text.</param>
internal sealed record ApiOperation(
    string Group,
    string Method,
    string Path,
    string Summary,
    IReadOnlyList<string> Takes,
    IReadOnlyList<string> Gives
);

/// <param name="Fields">Name, type and description of each field, as text.</param>
internal sealed record ApiType(string Name, IReadOnlyList<string> Fields);

/// <summary>The API's reference for readers: on a page and in <c>docs/api.md</c>. Both are generated from the OpenAPI document.</summary>
internal sealed record ApiReference(IReadOnlyList<ApiOperation> Operations, IReadOnlyList<ApiType> Types)
{
    public static async Task<string> DocumentAsync(IServiceProvider services, CancellationToken cancel)
    {
        var document = await services
            .GetRequiredKeyedService<IOpenApiDocumentProvider>(ApiEndpoints.Document)
            .GetOpenApiDocumentAsync(cancel);
        return await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, cancel);
    }

    public static ApiReference Of(string openApi)
    {
        using var document = JsonDocument.Parse(openApi);
        var root = document.RootElement;
        var operations =
            from path in root.GetProperty("paths").EnumerateObject()
            from method in path.Value.EnumerateObject()
            select new ApiOperation(
                method.Value.GetProperty("tags")[0].GetString()!,
                method.Name.ToUpperInvariant(),
                path.Name,
                method.Value.GetProperty("summary").GetString()!,
                [.. Takes(method.Value)],
                [.. Gives(method.Value)]
            );
        var types =
            from type in root.GetProperty("components").GetProperty("schemas").EnumerateObject()
            where type.Value.TryGetProperty("properties", out _)
            select new ApiType(
                type.Name,
                [.. type.Value.GetProperty("properties").EnumerateObject().Select(p => $"{p.Name}: {TypeOf(p.Value)}{TextOf(p.Value)}")]
            );
        return new([.. operations.OrderBy(o => o.Group, StringComparer.Ordinal).ThenBy(o => o.Path, StringComparer.Ordinal)], [.. types]);
    }

    public string Markdown()
    {
        var text = new StringBuilder();
        foreach (var group in Operations.GroupBy(o => o.Group))
        {
            text.Append("\n### ")
                .AppendLine(group.Key)
                .AppendLine("| operation | parameters | responses |")
                .AppendLine("| --- | --- | --- |");
            foreach (var o in group)
                text.AppendLine(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"| `{o.Method} {o.Path}` {o.Summary} | {string.Join("; ", o.Takes)} | {string.Join("; ", o.Gives)} |"
                );
        }

        text.AppendLine("\n### types");
        foreach (var type in Types)
            text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"- `{type.Name}`: {string.Join("; ", type.Fields)}");
        return text.ToString();
    }

    private static IEnumerable<string> Takes(JsonElement operation)
    {
        if (operation.TryGetProperty("parameters", out var parameters))
        {
            foreach (var p in parameters.EnumerateArray())
                yield return $"{p.GetProperty("name").GetString()}: {TypeOf(p.GetProperty("schema"))}";
        }

        if (operation.TryGetProperty("requestBody", out var body))
            yield return $"body: {TypeOf(body.GetProperty("content").GetProperty("application/json").GetProperty("schema"))}";
    }

    private static IEnumerable<string> Gives(JsonElement operation) =>
        operation
            .GetProperty("responses")
            .EnumerateObject()
            .Select(r =>
                r.Value.TryGetProperty("content", out var content)
                && content.EnumerateObject().FirstOrDefault() is { Value.ValueKind: JsonValueKind.Object } first
                    ? $"{r.Name} {ContentOf(first)}"
                    : r.Name
            );

    private static string ContentOf(JsonProperty content) =>
        content.Value.TryGetProperty("schema", out var schema) && content.Name.EndsWith("json", StringComparison.Ordinal)
            ? TypeOf(schema)
            : content.Name;

    private static string TypeOf(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
            return reference.GetString()!.Split('/')[^1];
        if (schema.TryGetProperty("oneOf", out var some))
            return string.Join(" or ", some.EnumerateArray().Select(TypeOf));
        if (schema.TryGetProperty("items", out var items))
            return $"[{TypeOf(items)}]";
        if (schema.TryGetProperty("additionalProperties", out var values) && values.ValueKind == JsonValueKind.Object)
            return $"object of {TypeOf(values)}";
        if (schema.TryGetProperty("format", out var format) && format.GetString() is "date-time" or "date")
            return schema.GetProperty("format").GetString()!;
        var type = schema.TryGetProperty("type", out var t) ? t : default;
        return type.ValueKind == JsonValueKind.Array
                ? string.Join(" or ", type.EnumerateArray().Select(x => x.GetString()).Where(x => x != "null"))
            : type.ValueKind == JsonValueKind.String ? type.GetString()!
            : "any";
    }

    private static string TextOf(JsonElement schema) =>
        schema.TryGetProperty("description", out var description) ? $" ({description.GetString()})" : "";
}
