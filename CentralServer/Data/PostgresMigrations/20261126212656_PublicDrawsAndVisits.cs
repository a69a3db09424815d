using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace BrightKitchen.CentralServer.Data.PostgresMigrations
{
    /// <inheritdoc />
    public partial class PublicDrawsAndVisits : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "VisitToken",
                table: "Sites",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "Commitment",
                table: "Draws",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "Names",
                table: "Draws",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<DateOnly>(
                name: "PublishOn",
                table: "Draws",
                type: "date",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Source",
                table: "Draws",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "PublicText",
                table: "Cases",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "DrawSteps",
                columns: table => new
                {
                    Id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    DrawId = table.Column<int>(type: "integer", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    PersonId = table.Column<string>(type: "text", nullable: false),
                    Step = table.Column<string>(type: "text", nullable: false),
                    Text = table.Column<string>(type: "text", nullable: false),
                    Site = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_DrawSteps", x => x.Id);
                });

            // Each site that is there has an address of its own.
            migrationBuilder.Sql("UPDATE \"Sites\" SET \"VisitToken\" = replace(gen_random_uuid()::text, '-', '');");

            migrationBuilder.CreateIndex(
                name: "IX_Sites_VisitToken",
                table: "Sites",
                column: "VisitToken",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_DrawSteps_Draw",
                table: "DrawSteps",
                column: "DrawId");

            migrationBuilder.CreateIndex(
                name: "IX_DrawSteps_Once",
                table: "DrawSteps",
                column: "DrawId",
                unique: true,
                filter: "\"Step\" <> 'result'");

            // What was done stays on record.
            migrationBuilder.Sql("CREATE TRIGGER \"DrawSteps_append_only\" BEFORE UPDATE OR DELETE ON \"DrawSteps\" FOR EACH ROW EXECUTE FUNCTION append_only();");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "DrawSteps");

            migrationBuilder.DropIndex(
                name: "IX_Sites_VisitToken",
                table: "Sites");

            migrationBuilder.DropColumn(
                name: "VisitToken",
                table: "Sites");

            migrationBuilder.DropColumn(
                name: "Commitment",
                table: "Draws");

            migrationBuilder.DropColumn(
                name: "Names",
                table: "Draws");

            migrationBuilder.DropColumn(
                name: "PublishOn",
                table: "Draws");

            migrationBuilder.DropColumn(
                name: "Source",
                table: "Draws");

            migrationBuilder.DropColumn(
                name: "PublicText",
                table: "Cases");
        }
    }
}
